import type { Registry } from '@freshet/protocol'
import { formatRfc3339, type ObservedRoute } from '@freshet/wire'
import type { ObservedJson } from '../answers/health.ts'
import type { ReceivedReport } from '../observatory-store.ts'
import { nameOfRoute } from './refused-json.ts'
import { ReportedOnce } from './reported-once.ts'

/** The time over which requests on observed routes are counted. */
export const OBSERVED_WITHIN_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Routes that are kept. Reports about further ones do not count until one of these is over. */
const ROUTES_MAX = 1_000
/** Routes that an answer lists at most. */
const ROUTES_SHOWN_MAX = 20

type Where = Pick<ObservedRoute, 'tenant' | 'audience' | 'route'>
type Counts = Pick<ObservedRoute, 'requests' | 'gone' | 'undated'> & { readonly oldest: number }

interface Kept {
  readonly where: Where
  readonly sinceMs: number
  /** The counts of each hour. */
  readonly hours: Map<number, Counts>
}

const NONE: Counts = { requests: 0, gone: 0, undated: 0, oldest: 0 }

/**
 * The requests of the last day on observed routes, by the reports of the edges. A console that starts has the reports
 * that it reads again. A report that is lost leaves its requests out, so a count can only be too low.
 */
export class ObservedRequests {
  readonly #routes = new Map<string, Kept>()
  readonly #once = new ReportedOnce()

  /** Takes a report. One that was taken before changes nothing. */
  see({ report, reportedAtMs: atMs }: Pick<ReceivedReport, 'report' | 'reportedAtMs'>): void {
    const { edge, observedRoutes = [] } = report
    if (observedRoutes.length === 0 || !this.#once.isNew(edge, atMs)) return
    for (const each of observedRoutes) this.#add(each, atMs)
  }

  /**
   * Returns the routes with the most requests. Reports prove nothing: tenants and audiences that the registry does not
   * have are left out, and a route that its audience does not declare has no name.
   */
  at(registry: Registry, nowMs: number): readonly ObservedJson[] {
    this.#forget(nowMs)
    return [...this.#routes.values()]
      .filter(({ where }) => isDeclared(where, registry))
      .map(({ where, sinceMs, hours }) => {
        const { requests, gone, undated, oldest } = [...hours.values()].reduce(sumOf, NONE)
        return {
          ...where,
          route: nameOfRoute(where, registry),
          requests,
          gone,
          undated,
          oldestMs: gone > undated ? Math.round(oldest * 1_000) : null,
          since: formatRfc3339(Math.max(sinceMs, Math.min(...hours.keys()))),
        }
      })
      .toSorted((a, b) => b.requests - a.requests)
      .slice(0, ROUTES_SHOWN_MAX)
  }

  #add({ tenant, audience, route, ...counts }: ObservedRoute, atMs: number): void {
    const where = { tenant, audience, route }
    const key = JSON.stringify(where)
    if (!this.#routes.has(key) && this.#routes.size >= ROUTES_MAX) this.#forget(atMs)
    if (!this.#routes.has(key) && this.#routes.size >= ROUTES_MAX) return
    const kept = this.#routes.get(key) ?? { where, sinceMs: atMs, hours: new Map<number, Counts>() }
    this.#routes.set(key, kept)
    const hour = atMs - (atMs % HOUR_MS)
    kept.hours.set(hour, sumOf(kept.hours.get(hour) ?? NONE, { oldest: 0, ...counts }))
  }

  #forget(nowMs: number): void {
    for (const [key, { hours }] of this.#routes) {
      for (const hour of hours.keys())
        if (nowMs - hour >= OBSERVED_WITHIN_MS + HOUR_MS) hours.delete(hour)
      if (hours.size === 0) this.#routes.delete(key)
    }
  }
}

function isDeclared({ tenant, audience }: Where, { tenants, audiences }: Registry): boolean {
  return tenants.has(tenant) && audiences.has(audience)
}

function sumOf(a: Counts, b: Counts): Counts {
  return {
    requests: a.requests + b.requests,
    gone: a.gone + b.gone,
    undated: a.undated + b.undated,
    oldest: Math.max(a.oldest, b.oldest),
  }
}

import type { RefusedRoute } from '@freshet/wire'
import type { ReceivedReport } from '../observatory-store.ts'
import { ReportedOnce } from './reported-once.ts'

/** The time over which refused requests are counted. Without one for so long, a route refuses no longer. */
export const REFUSED_WITHIN_MS = 10_000
const SECOND_MS = 1_000
/** Routes that are kept. Reports about further ones do not count until one of these is over. */
const ROUTES_MAX = 1_000

/** A route of a tenant that refuses requests. */
export interface Refusing extends Pick<RefusedRoute, 'tenant' | 'audience' | 'route'> {
  readonly claims: readonly string[]
  readonly perSecond: number
  /** The first of these requests, in milliseconds since 1970 by the clock of the broker. */
  readonly sinceMs: number
}

interface Kept extends Omit<Refusing, 'claims' | 'perSecond' | 'sinceMs'> {
  claims: ReadonlySet<string>
  sinceMs: number
  lastMs: number
  /** Requests by second. */
  readonly seconds: Map<number, number>
}

/** The routes that refuse requests now, by the reports of the last seconds. It forgets them by itself. */
export class RefusedNow {
  readonly #routes = new Map<string, Kept>()
  readonly #once = new ReportedOnce()

  /** Takes a report. One that was taken before changes nothing. */
  see({ report, reportedAtMs: atMs }: Pick<ReceivedReport, 'report' | 'reportedAtMs'>): void {
    const { edge, refused = [] } = report
    if (refused.length === 0 || !this.#once.isNew(edge, atMs)) return
    for (const each of refused) this.#add(each, atMs)
  }

  /** Returns the routes that refused a request within the last seconds, in no order. */
  at(nowMs: number): readonly Refusing[] {
    return [...this.#routes.values()]
      .filter(({ lastMs }) => nowMs - lastMs < REFUSED_WITHIN_MS)
      .map(({ tenant, audience, route, sinceMs, seconds, claims }) => {
        const recent = [...seconds].filter(([second]) => nowMs - second < REFUSED_WITHIN_MS)
        const requests = recent.reduce((sum, [, n]) => sum + n, 0)
        const spanMs = Math.min(REFUSED_WITHIN_MS, Math.max(SECOND_MS, nowMs - sinceMs))
        const perSecond = (requests * SECOND_MS) / spanMs
        return { tenant, audience, route, claims: [...claims], perSecond, sinceMs }
      })
  }

  #add({ tenant, audience, route, claims, requests }: RefusedRoute, atMs: number): void {
    const key = JSON.stringify([tenant, audience, route])
    const kept = this.#routes.get(key) ?? this.#begin(key, { tenant, audience, route, atMs })
    if (kept === undefined) return
    if (atMs - kept.lastMs >= REFUSED_WITHIN_MS) {
      kept.sinceMs = atMs
      kept.claims = new Set()
    }
    kept.lastMs = Math.max(kept.lastMs, atMs)
    kept.claims = new Set([...kept.claims, ...claims].toSorted())
    const second = atMs - (atMs % SECOND_MS)
    kept.seconds.set(second, (kept.seconds.get(second) ?? 0) + requests)
    for (const each of kept.seconds.keys())
      if (kept.lastMs - each >= REFUSED_WITHIN_MS + SECOND_MS) kept.seconds.delete(each)
  }

  #begin(
    key: string,
    { atMs, ...route }: Pick<Kept, 'tenant' | 'audience' | 'route'> & { readonly atMs: number },
  ): Kept | undefined {
    if (this.#routes.size >= ROUTES_MAX) this.#forget(atMs)
    if (this.#routes.size >= ROUTES_MAX) return undefined
    const seconds = new Map<number, number>()
    const kept = { ...route, claims: new Set<string>(), sinceMs: atMs, lastMs: atMs, seconds }
    this.#routes.set(key, kept)
    return kept
  }

  #forget(nowMs: number): void {
    for (const [key, { lastMs }] of this.#routes)
      if (nowMs - lastMs >= REFUSED_WITHIN_MS) this.#routes.delete(key)
  }
}

import { grantRefusal, type Registry } from '@freshet/protocol'
import { formatRfc3339 } from '@freshet/wire'
import type { RefusedJson } from '../answers/health.ts'
import { quoted } from '../findings/words.ts'
import type { Refusing } from './refused-now.ts'

/** Routes that the verdict lists at most. */
const ROUTES_SHOWN_MAX = 20
/** The time for which the commands open a route, unless the registry allows less. */
const OPEN_FOR_MS = 900_000
const SECOND_MS = 1_000
const MINUTE_MS = 60_000
/** The name of routes that have none. */
const UNNAMED = '-'

/**
 * The routes that refuse requests now, those with the most requests first, with the commands that open exactly that
 * route. Reports prove nothing: tenants and audiences that the registry does not have are left out, and a route that
 * its audience does not declare has no name.
 */
export function refusedJson(
  refusing: readonly Refusing[],
  registry: Registry,
  nowMs: number,
): readonly RefusedJson[] {
  return refusing
    .filter(
      ({ tenant, audience }) => registry.tenants.has(tenant) && registry.audiences.has(audience),
    )
    .toSorted((a, b) => b.perSecond - a.perSecond)
    .slice(0, ROUTES_SHOWN_MAX)
    .map(({ claims, perSecond, sinceMs, ...where }) => {
      const route = nameOfRoute(where, registry)
      const closed = closedBy({ ...where, route, claims }, registry, nowMs)
      return {
        ...where,
        route,
        claims: [...claims],
        perSecond: Math.round(perSecond * 10) / 10,
        since: formatRfc3339(sinceMs),
        open:
          closed === null ? claims.map((claim) => commandOf({ ...where, claim }, registry)) : [],
        closed,
      }
    })
}

/** The name of a route of the registry; `-` for a name that the registry does not declare. */
export function nameOfRoute(
  { audience, route }: Pick<Where, 'audience' | 'route'>,
  { audiences }: Registry,
): string {
  const routes = audiences.get(audience)?.routes
  const isKnown = routes !== undefined && (routes.size === 0 || routes.has(route))
  return isKnown && !/\p{C}/u.test(route) ? route : UNNAMED
}

type Where = Pick<Refusing, 'tenant' | 'audience' | 'route'>

/** Why no grant can open the route; `null`: one can. */
function closedBy(
  { audience, route, claims }: Where & Pick<Refusing, 'claims'>,
  registry: Registry,
  nowMs: number,
): string | null {
  if (route === UNNAMED) return 'the registry does not declare the route'
  const untilMs = nowMs + openForMs(registry)
  const refusals = claims.map((claim) =>
    grantRefusal(registry, { audience, route, claim, fromMs: nowMs, untilMs }),
  )
  return refusals.find((why) => why !== undefined) ?? null
}

function openForMs({ breakGlassMaxMs = OPEN_FOR_MS }: Registry): number {
  return Math.min(OPEN_FOR_MS, breakGlassMaxMs)
}

function commandOf(
  { tenant, audience, route, claim }: Where & { readonly claim: string },
  registry: Registry,
): string {
  const forMs = openForMs(registry)
  const time = forMs % MINUTE_MS === 0 ? `${forMs / MINUTE_MS}m` : `${forMs / SECOND_MS}s`
  const options = { tenant, audience, route, claim, for: time, reason: `${claim} is unverified` }
  const words = Object.entries(options).map(([name, value]) => `--${name} ${quoted(value)}`)
  return `freshet break-glass open ${words.join(' ')}`
}

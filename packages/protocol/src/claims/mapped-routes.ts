import type { Registry, Route } from '../registry/registry.ts'

/** The data of a route that an edge needs to enforce it. */
export interface MappedRoute {
  /** Values of which the token must carry all, by claim. */
  readonly require: ReadonlyMap<string, readonly string[]>
  readonly risk: 'normal' | 'high'
  /** Until then the route refuses only tokens that are not valid; absent: it is enforced. */
  readonly observedUntilMs?: number
  /** Policies can refuse what `require` would allow, so the authority judges the request. */
  readonly hasPolicies: boolean
  /** Restricting claims of the audience that do not bind its requests; absent: all bind. */
  readonly ignores?: readonly string[]
}

/** Routes by audience, then by name as the registry writes it (`POST /approve`). */
export type MappedRoutes = ReadonlyMap<string, ReadonlyMap<string, MappedRoute>>

/** The routes of a registry as edges need them; audiences without routes are left out. */
export function mappedRoutes({ audiences }: Pick<Registry, 'audiences'>): MappedRoutes {
  const declared = [...audiences.values()].filter(({ routes }) => routes.size > 0)
  return new Map(
    declared.map(({ name, routes }) => [
      name,
      new Map([...routes].map(([route, terms]) => [route, mappedRoute(terms)])),
    ]),
  )
}

function mappedRoute({ require, risk, observedUntilMs, policies, ignores }: Route): MappedRoute {
  const observed = observedUntilMs === undefined ? {} : { observedUntilMs }
  const ignored = ignores === undefined ? {} : { ignores }
  return { require, risk, ...observed, hasPolicies: policies.length > 0, ...ignored }
}

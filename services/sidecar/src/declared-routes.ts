import type { Registry, Route } from '@freshet/domain'
import type { RoutePolicy } from '@freshet/edge'
import { enforcementText } from '@freshet/events'

/** What a proxy says that it was asked for. */
export interface AskedRoute {
  readonly method: string
  /** The request’s target as it came: path and query, nothing decoded. */
  readonly target: string
}

/** The policy that the registry declares for a request; `undefined` where it declares none. */
export type DeclaredRoutes = (audience: string, asked: AskedRoute) => RoutePolicy | undefined

/**
 * Routes by exactly what is written in the registry, as `POST /approve`: the query does not count,
 * and nothing is decoded or normalised. What a service behind might take for a declared route but
 * is written otherwise (`//approve`, `/%61pprove`, `/x/../approve`) is declared for nobody.
 */
export function declaredRoutes(registry: Registry): DeclaredRoutes {
  return (audience, { method, target }) => {
    const [path = ''] = target.split('?', 1)
    const name = `${method} ${path}`
    const route = registry.audiences.get(audience)?.routes.get(name)
    return route && policyOf(name, route)
  }
}

function policyOf(name: string, { require, risk, observedUntilMs, policies }: Route): RoutePolicy {
  const enforce = enforcementText(observedUntilMs)
  const asked = policies.length > 0 ? { route: name } : {}
  return { require: Object.fromEntries(require), risk, enforce, name, ...asked }
}

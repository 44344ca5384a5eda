import { FreshetError, type Clock, type MappedRoute, type MappedRoutes } from '@freshet/protocol'
import type { RoutePolicy, RoutesInForce } from '@freshet/edge'
import { isNormalTarget } from '@freshet/runtime'
import { enforcementText } from '@freshet/wire'

/** The request that a proxy received, in its own description. */
export interface ForwardedRequest {
  readonly method: string
  /** The request’s target as it came: path and query, nothing decoded. */
  readonly target: string
}

/**
 * The policy that is declared for a request; `undefined` where none is.
 *
 * @throws `registry.not-loaded` where the routes of the version in force are not known
 */
export type DeclaredRoutes = (
  audience: string,
  request: ForwardedRequest,
) => RoutePolicy | undefined

/** Routes of another policy version are enforced no longer than this after they were noticed. */
export const ROUTES_SKEW_MAX_MS = 300_000

/** Routes and the policy version that declares them. */
export interface VersionedRoutes {
  readonly version: number
  readonly routes: MappedRoutes
}

/** The data that the routes in use are compared with. */
export interface RoutesGround {
  /** The routes of the registry that the sidecar was started with. */
  readonly file: VersionedRoutes
  /** Returns the routes of the signed claim map in force; `undefined` while none is in force. */
  inForce(): RoutesInForce | undefined
  readonly clock: Clock
}

/** The policy version in force whose routes the sidecar does not know. */
export interface RoutesSkew {
  readonly active: number
  readonly sinceMs: number
}

/**
 * The routes that a sidecar enforces: those of the claim map in force. If that map has none, the routes of
 * the sidecar’s own file count, as long as the file is the version in force, and for five minutes after the
 * sidecar noticed another one. Then the sidecar refuses every forwarded request.
 */
export class RoutesNow {
  readonly #ground: RoutesGround
  #skew: RoutesSkew | undefined

  constructor(ground: RoutesGround) {
    this.#ground = ground
  }

  /** Compares the file with the version in force, and returns the difference if there is one. */
  compare(): RoutesSkew | undefined {
    const { file, clock } = this.#ground
    const inForce = this.#ground.inForce()
    const isSkewed =
      inForce !== undefined && inForce.routes === undefined && inForce.version !== file.version
    if (!isSkewed) this.#skew = undefined
    else
      this.#skew = {
        active: inForce.version,
        sinceMs: this.#skew?.sinceMs ?? clock.monotonicMs(),
      }
    return this.#skew
  }

  /** @throws `registry.not-loaded` once another version has been in force for too long */
  requireKnown(): void {
    const skew = this.compare()
    const { file, clock } = this.#ground
    if (skew === undefined || clock.monotonicMs() - skew.sinceMs < ROUTES_SKEW_MAX_MS) return
    throw new FreshetError(
      'registry.not-loaded',
      `Policy version ${skew.active} is in force, and this sidecar has the routes of version ${file.version}: start it with the file of version ${skew.active}.`,
    )
  }

  /** Finds the policy of a request. @throws `registry.not-loaded` */
  readonly find: DeclaredRoutes = (audience, request) => {
    this.requireKnown()
    const routes = this.#ground.inForce()?.routes ?? this.#ground.file.routes
    return declaredIn(routes)(audience, request)
  }
}

/** Begins another target behind the query of the first one: some proxies join a repeated header without a blank. */
const NEXT = /,(?:\/|[a-z]+:\/\/)/i

/**
 * Finds a route by exactly what is written in the registry, as `POST /approve`: the query does not count, and
 * nothing is decoded or normalised. A path that a service might take for a declared route, but with another
 * spelling (`//approve`, `/%61pprove`, `/x/../approve`), is undeclared.
 *
 * So is a target that is not in the one form that every reader takes for the same path, or that can be a list of two: the
 * service behind the proxy could read the other one.
 */
export function declaredIn(routes: MappedRoutes): DeclaredRoutes {
  return (audience, { method, target }) => {
    const mark = target.indexOf('?')
    const [path, query] = mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark)]
    if (!isNormalTarget(target) || NEXT.test(query)) return undefined
    const name = `${method} ${path}`
    const route = routes.get(audience)?.get(name)
    return route && policyOf(name, route)
  }
}

function policyOf(name: string, route: MappedRoute): RoutePolicy {
  const { require, risk, observedUntilMs, hasPolicies, ignores } = route
  const enforce = enforcementText(observedUntilMs)
  const own = hasPolicies ? { route: name } : {}
  const ignored = ignores === undefined ? {} : { ignores }
  return { require: Object.fromEntries(require), risk, enforce, name, ...own, ...ignored }
}

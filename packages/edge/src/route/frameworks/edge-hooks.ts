import type { Decision } from '../decision.ts'
import { expressHandler, type ExpressHandler, type ExpressRequest } from './express.ts'
import { fastifyHook, type FastifyHook, type FastifyRequestPart } from './fastify.ts'
import { honoMiddleware, type HonoContextPart, type HonoMiddleware } from './hono.ts'
import type { HookPolicy } from '../hook-policy.ts'
import { createLibraryHooks, type LibraryContext, type LibraryHooks } from './library-hooks.ts'
import type { Refusal } from '../refusal.ts'
import { createRequestGuard, type GuardContext } from '../request-guard.ts'
import type { RoutePolicy } from '../route-policy.ts'

/** The hooks that put an edge before the routes of a service. No framework is needed to import it. */
export interface EdgeHooks extends LibraryHooks {
  /**
   * The answer to a request that `decide` did not allow, for frameworks without a hook here: problem+json and
   * headers for 401, 403, or 503 with `Retry-After` for an unverified token. It names claims and the change;
   * reasons stay in the decision. `traceparent` is the request's.
   */
  refusal(decision: Decision, traceparent?: string | readonly string[]): Refusal
  /**
   * A handler for Express that decides by the `Authorization` header. It sets `request.freshet` and
   * goes on, or answers with `refusal`.
   *
   * @throws `config.invalid` where the claim map, if there is one yet, says that a required claim
   *   is descriptive; else `ready` rejects when it comes, and requests fail
   */
  express<Request extends ExpressRequest>(policy?: HookPolicy<Request>): ExpressHandler
  /** The same as a hook of Fastify, for `onRequest` or `preHandler`. @throws as `express` */
  fastify<Request extends FastifyRequestPart>(policy?: HookPolicy<Request>): FastifyHook
  /** The same as a middleware of Hono; the decision is `c.get('freshet')`. Facts are of its context. @throws as `express` */
  hono<Context extends HonoContextPart>(policy?: HookPolicy<Context>): HonoMiddleware
}

/** The parts that the hooks work with. */
export interface HookContext extends GuardContext, LibraryContext {
  /** @throws `config.invalid` */
  readonly addRoute: (policy: RoutePolicy) => void
}

export function createEdgeHooks(context: HookContext): EdgeHooks {
  const guard = createRequestGuard(context)
  const before =
    <Hook, Part>(make: (policy: HookPolicy<Part>, on: typeof guard) => Hook) =>
    <Request extends Part>(policy: HookPolicy<Request> = {}): Hook => {
      context.addRoute(policy)
      // The code that registers the hook knows the framework's type of request.
      return make(policy as HookPolicy<Part>, guard)
    }
  return {
    refusal: (decision, traceparent) => guard.refusal(decision, traceparent),
    express: before(expressHandler),
    fastify: before(fastifyHook),
    hono: before(honoMiddleware),
    ...createLibraryHooks(context),
  }
}

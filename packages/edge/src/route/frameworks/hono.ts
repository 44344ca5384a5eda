import type { Decision } from '../decision.ts'
import { questionOf, type HookPolicy } from '../hook-policy.ts'
import type { GuardedRequest, RequestGuard } from '../request-guard.ts'

/** The part of a context that the hook reads, and where it leaves the decision. */
export interface HonoContextPart {
  readonly req: {
    header(name: string): string | undefined
    readonly method?: string
    readonly url?: string
  }
  /** On Node the request as it came, by `@hono/node-server`. */
  readonly env?: unknown
  set(key: 'freshet', decision: Decision): void
}

/** A middleware for `app.use`. */
export type HonoMiddleware = (
  context: HonoContextPart,
  next: () => Promise<void>,
) => Promise<Response | undefined>

/**
 * Lets a request through with `c.get('freshet')` set, or answers it. Any failure of the decision
 * itself goes to the application's `onError`, never through the route.
 */
export function honoMiddleware(
  policy: HookPolicy<HonoContextPart>,
  guard: RequestGuard,
): HonoMiddleware {
  return async (context, next) => {
    const question = await questionOf(policy, context)
    const { decision, refusal } = await guard.decide(question, requestOf(context))
    context.set('freshet', decision)
    if (refusal !== undefined) return new Response(refusal.body, refusal)
    await next()
    return undefined
  }
}

/** The request itself on Node, with its socket and its unchanged target. */
function requestOf({ req, env }: HonoContextPart): GuardedRequest {
  const { incoming } = Object(env) as { readonly incoming?: GuardedRequest }
  const headers = incoming?.headers ?? {
    authorization: req.header('authorization'),
    traceparent: req.header('traceparent'),
    dpop: req.header('dpop'),
  }
  return { headers, method: req.method, url: req.url, socket: incoming?.socket }
}

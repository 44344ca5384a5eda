import type { Decision } from './decision.ts'
import { questionOf, type HookPolicy } from './hook-policy.ts'
import type { RequestGuard } from './request-guard.ts'

/** The part of a context that the hook reads, and where it leaves the decision. */
export interface HonoContextPart {
  readonly req: { header(name: string): string | undefined }
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
    const { decision, refusal } = await guard.decide(await questionOf(policy, context), {
      authorization: context.req.header('authorization'),
      traceparent: context.req.header('traceparent'),
    })
    context.set('freshet', decision)
    if (refusal !== undefined) return new Response(refusal.body, refusal)
    await next()
    return undefined
  }
}

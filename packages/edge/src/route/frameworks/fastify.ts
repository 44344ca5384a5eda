import type { Decision } from '../decision.ts'
import { questionOf, type HookPolicy } from '../hook-policy.ts'
import type { GuardedRequest, RequestGuard } from '../request-guard.ts'

/** The part of a request that the hook reads, and where it leaves the decision. */
export interface FastifyRequestPart extends GuardedRequest {
  freshet?: Decision
}

/** The part of a reply that the hook writes. */
export interface FastifyReplyPart {
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: Uint8Array): unknown
}

/** A hook for `onRequest` or `preHandler`, of a route or of a whole instance. */
export type FastifyHook = (request: FastifyRequestPart, reply: FastifyReplyPart) => Promise<unknown>

/**
 * Lets a request through with `request.freshet` set, or answers it. Any failure of the decision
 * itself rejects, so Fastify answers 500 and the route does not run.
 */
export function fastifyHook(
  policy: HookPolicy<FastifyRequestPart>,
  guard: RequestGuard,
): FastifyHook {
  return async (request, reply) => {
    const { decision, refusal } = await guard.decide(await questionOf(policy, request), request)
    request.freshet = decision
    if (refusal === undefined) return undefined
    reply.code(refusal.status)
    reply.headers({ ...refusal.headers })
    // Bytes: to a string Fastify adds a charset, which problem+json does not have.
    reply.send(Buffer.from(refusal.body))
    // Fastify goes on with an asynchronous hook unless it is given its reply back.
    return reply
  }
}

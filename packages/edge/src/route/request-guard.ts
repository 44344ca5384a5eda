import { parseTraceparent } from '@freshet/wire'
import { accessToken, senderProof, type ProvingRequest } from '../proof/sender-proof.ts'
import type { RouteQuestion } from './decide.ts'
import type { Decision } from './decision.ts'
import type { HookQuestion } from './hook-policy.ts'
import { refusalOf, type Refusal } from './refusal.ts'

/** The headers of a request that a hook reads, each at most once. */
export interface GuardedHeaders {
  readonly authorization?: string | undefined
  readonly traceparent?: string | readonly string[] | undefined
}

/** A request as far as the hooks read it. */
export interface GuardedRequest extends ProvingRequest {
  readonly headers: GuardedHeaders
}

/** The common part of the hooks of all frameworks. */
export interface RequestGuard {
  /** @throws `config.invalid`, and whatever else keeps the edge from deciding */
  decide(question: HookQuestion, request: GuardedRequest): Promise<Guarded>
  /** The answer to a request that was not allowed. */
  refusal(decision: Decision, traceparent?: GuardedHeaders['traceparent']): Refusal
}

/** A request that was decided; `refusal` is what to answer instead of going on. */
export interface Guarded {
  readonly decision: Decision
  readonly refusal: Refusal | undefined
}

/** The parts that a guard decides with. */
export interface GuardContext {
  readonly decide: (question: RouteQuestion) => Promise<Decision>
  readonly random: () => number
  /** The trace under way as the service's own tracing knows it. */
  readonly traceId: (() => string | undefined) | undefined
}

export function createRequestGuard({ decide, random, traceId }: GuardContext): RequestGuard {
  const refusal: RequestGuard['refusal'] = (decision, traceparent) => {
    const header = typeof traceparent === 'string' ? traceparent : undefined
    const trace = traceId?.() ?? parseTraceparent(header)?.traceId
    return refusalOf(decision, { random, traceId: trace })
  }
  return {
    refusal,
    async decide(question, request) {
      const { authorization, traceparent } = request.headers
      const token = accessToken(authorization)?.token
      const decision = await decide({ ...question, token, proof: senderProof(request) })
      const isAllowed = decision.decision === 'allow'
      return { decision, refusal: isAllowed ? undefined : refusal(decision, traceparent) }
    },
  }
}

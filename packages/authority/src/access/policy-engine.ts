import { FreshetError, type ClaimValue, type Subject } from '@freshet/protocol'
import type { RequestFacts } from '@freshet/wire'

/** A route of the registry, by its audience and as it is written there. */
export interface RouteName {
  readonly audience: string
  readonly route: string
}

/** The input of a route's policies. */
export interface PolicyQuestion extends RouteName {
  readonly subject: Subject
  /** Those who act for the subject, the present actor first. */
  readonly actors: readonly Subject[]
  /**
   * The current values of every claim that these policies read: the rights that all parties have, and the
   * restrictions of each party.
   */
  readonly claims: ReadonlyMap<string, readonly ClaimValue[]>
  readonly facts: RequestFacts
}

/** The result of a route's policies. */
export interface PolicyAnswer {
  readonly permitted: boolean
  /** The policies that decided, by file and line, or by their `@id`; none where none applies. */
  readonly by: readonly string[]
}

/**
 * The policies of one policy version, as an engine evaluates them. Without a policy that permits, nothing is
 * permitted; one that forbids wins. A policy that cannot be evaluated permits nothing, and lets no other
 * permit.
 *
 * It can take its time: a waiting caller delays no other caller, and the engine itself ends each wait.
 */
export interface PolicyEngine {
  /** The claims that policies of the route read. @throws `policy.failed`, `policy.late` */
  reads(route: RouteName): Promise<readonly string[]>
  /** @throws `policy.context` for facts that the schema does not declare; `policy.failed`, `policy.late` */
  decide(question: PolicyQuestion): Promise<PolicyAnswer>
}

/** For a process without an engine: no request to a route with policies is permitted. */
export const NO_POLICIES: PolicyEngine = { reads: nobody, decide: nobody }

function nobody(): Promise<never> {
  const message = 'This process evaluates no policies.'
  return Promise.reject(new FreshetError('policy.failed', message))
}

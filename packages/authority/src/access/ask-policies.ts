import { FreshetError } from '@freshet/protocol'
import type { EvaluationAnswer, EvaluationCode, RequestFacts } from '@freshet/wire'
import type { PolicyEngine, PolicyQuestion } from './policy-engine.ts'

/** Bytes that the facts of a request may have as JSON. */
export const FACTS_BYTES_MAX = 4_096
/** Levels that they may be nested. */
export const FACTS_DEPTH_MAX = 8

/** The part of a decision that policies add. */
export type PolicyOutcome = Pick<EvaluationAnswer, 'decision' | 'code' | 'policies'>

/** Asks the policies of a route. That they cannot answer is a denial with a code of its own. */
export async function askPolicies(
  question: PolicyQuestion,
  engine: PolicyEngine,
): Promise<PolicyOutcome> {
  if (!isBounded(question.facts)) return { decision: false, code: 'policy.context' }
  try {
    const { permitted, by: policies } = await engine.decide(question)
    return permitted
      ? { decision: true, policies }
      : { decision: false, code: 'policy.denied', policies }
  } catch (error) {
    return { decision: false, code: policyCodeOf(error) }
  }
}

/** The code of what is wrong with policies, which is an answer; whatever else failed is thrown on. */
export function policyCodeOf(error: unknown): EvaluationCode {
  if (!(error instanceof FreshetError)) throw error
  switch (error.code) {
    case 'policy.context':
    case 'policy.failed':
    case 'policy.late':
      return error.code
    default:
      throw error
  }
}

function isBounded(facts: RequestFacts): boolean {
  return (
    new TextEncoder().encode(JSON.stringify(facts)).length <= FACTS_BYTES_MAX &&
    isWithin(facts, FACTS_DEPTH_MAX)
  )
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return depth > 0 && Object.values(value).every((each) => isWithin(each, depth - 1))
}

import { CONTROL_PARTITION, partitionOf, type JudgedToken, type Verdict } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { EdgeKnowledge } from '../knowledge/edge-knowledge.ts'
import { VALIDATION_DEADLINE_MS, VALIDATIONS_MAX } from '../limits.ts'
import type { KnownPosition, ValidationQuestion, Validator } from './validator.ts'

const NOTHING: ReadonlyMap<string, Verdict> = new Map()

/**
 * Asks the validator within the deadline and the concurrency limit. Late, failed or beyond the
 * limit: no answers, so what was unverified stays so.
 */
export type AskValidator = (question: ValidationQuestion) => Promise<ReadonlyMap<string, Verdict>>

export function createAskValidator(validator: Validator, timer: Timer): AskValidator {
  let inFlight = 0
  return async (question) => {
    if (inFlight >= VALIDATIONS_MAX) return NOTHING
    inFlight += 1
    const late = new AbortController()
    const done = new AbortController()
    const deadline = timer.sleep(VALIDATION_DEADLINE_MS, done.signal).then(() => {
      late.abort()
      return NOTHING
    })
    const answer = askOnce(validator, question, late.signal)
    try {
      return await Promise.race([answer, deadline])
    } finally {
      done.abort()
      // An answer that does not stop on the signal still counts against the limit until it ends.
      void answer.then(() => {
        inFlight -= 1
      })
    }
  }
}

/** A validator that fails in any way has given no answer. */
async function askOnce(
  validator: Validator,
  question: ValidationQuestion,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Verdict>> {
  try {
    return await validator.validate(question, signal)
  } catch {
    return NOTHING
  }
}

/** How far the edge knows the partitions by which a token is judged. */
export function positionsFor(
  token: JudgedToken,
  knowledge: EdgeKnowledge,
): readonly KnownPosition[] {
  const own = token.parties.map(({ subject }) => partitionOf(subject))
  return [...new Set([...own, CONTROL_PARTITION])].flatMap((partition) => {
    const view = knowledge.view(partition)
    return view === undefined ? [] : { partition, e: view.e, offset: view.nextOffset }
  })
}

import { FreshetError } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { VALIDATION_DEADLINE_MS, VALIDATIONS_MAX } from '../limits.ts'
import type { ValidationAnswer, ValidationQuestion, Validator } from './validator.ts'

/** The outcome of a question to the authority; `why` is for the people of the service. */
export type ValidatorOutcome =
  | { readonly kind: 'answered'; readonly answer: ValidationAnswer }
  | { readonly kind: 'unanswered'; readonly why: string }

/**
 * Asks the validator within the deadline and the concurrency limit. Late, failed or beyond the
 * limit there is no answer, so what was unverified stays so.
 */
export type AskValidator = (question: ValidationQuestion) => Promise<ValidatorOutcome>

export function createAskValidator(validator: Validator, timer: Timer): AskValidator {
  let inFlight = 0
  return async (question) => {
    if (inFlight >= VALIDATIONS_MAX) {
      return unanswered(`${VALIDATIONS_MAX} requests to the authority are already in flight.`)
    }
    inFlight += 1
    const late = new AbortController()
    const done = new AbortController()
    const deadline = timer.sleep(VALIDATION_DEADLINE_MS, done.signal).then(() => {
      late.abort()
      return unanswered(`The authority did not answer within ${VALIDATION_DEADLINE_MS} ms.`)
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
): Promise<ValidatorOutcome> {
  try {
    return { kind: 'answered', answer: await validator.validate(question, signal) }
  } catch (error) {
    const isOurs = error instanceof FreshetError
    return unanswered(isOurs ? error.message : 'The authority did not answer.')
  }
}

function unanswered(why: string): ValidatorOutcome {
  return { kind: 'unanswered', why }
}

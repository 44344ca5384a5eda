import { FreshetError } from '@freshet/protocol'
import type { LogReader, Timer } from '@freshet/wire'
import { answerWithin } from './answer-within.ts'

/** A broker that takes longer does not answer: the verdict does not wait for it. */
const ANSWER_WITHIN_MS = 1_000
/** An answer to a person waits for a slow broker, and has no figures of one that hangs. */
export const ROUTES_WITHIN_MS = 3_000

/** Returns a reader that rejects after this time, so that a hanging broker is noticed. */
export function briefReader(
  reader: Pick<LogReader, 'bounds' | 'read'>,
  timer: Timer,
  withinMs: number = ANSWER_WITHIN_MS,
): Pick<LogReader, 'bounds' | 'read'> {
  const late = (): Error => {
    const message = `The broker did not answer within ${withinMs / 1_000} s.`
    return new FreshetError('broker.unavailable', message)
  }
  const limit = { timer, withinMs, late }
  return {
    bounds: (...given) => answerWithin(reader.bounds(...given), limit),
    read: (...given) => answerWithin(reader.read(...given), limit),
  }
}

import { FreshetError } from '@freshet/protocol'
import type { LogReader, Timer } from '@freshet/wire'

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
  const within = <Result>(asked: Promise<Result>): Promise<Result> =>
    answerWithin(asked, timer, withinMs)
  return {
    bounds: (...given) => within(reader.bounds(...given)),
    read: (...given) => within(reader.read(...given)),
  }
}

async function answerWithin<Result>(
  asked: Promise<Result>,
  timer: Timer,
  withinMs: number,
): Promise<Result> {
  const answered = new AbortController()
  const late = timer.sleep(withinMs, answered.signal).then((): never => {
    const message = `The broker did not answer within ${withinMs / 1_000} s.`
    throw new FreshetError('broker.unavailable', message)
  })
  // The loser of the race has no handler of its own.
  late.catch(() => {})
  asked.catch(() => {})
  try {
    return await Promise.race([asked, late])
  } finally {
    answered.abort()
  }
}

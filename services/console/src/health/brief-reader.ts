import { FreshetError } from '@freshet/protocol'
import type { LogReader, Timer } from '@freshet/wire'

/** A broker that takes longer does not answer: the verdict does not wait for it. */
const ANSWER_WITHIN_MS = 1_000

/** Returns a reader that rejects after a second, so that a hanging broker is noticed. */
export function briefReader(
  reader: Pick<LogReader, 'bounds' | 'read'>,
  timer: Timer,
): Pick<LogReader, 'bounds' | 'read'> {
  return {
    bounds: (...given) => within(reader.bounds(...given), timer),
    read: (...given) => within(reader.read(...given), timer),
  }
}

async function within<Result>(asked: Promise<Result>, timer: Timer): Promise<Result> {
  const answered = new AbortController()
  const late = timer.sleep(ANSWER_WITHIN_MS, answered.signal).then((): never => {
    throw new FreshetError('broker.unavailable', 'The broker did not answer within a second.')
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

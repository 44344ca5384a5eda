import type { Timer } from '@freshet/wire'

/** A limit is waited for in pieces of this length. */
const PIECE_MS = 250

/** The terms of a wait. */
export interface AnswerLimit {
  readonly timer: Timer
  readonly withinMs: number
  /** Makes the error of an answer that is late. */
  readonly late: () => Error
}

/**
 * Resolves with the answer, or rejects with `late` after the limit. A process that was held up reads the answers that
 * came meanwhile between two pieces, so it does not take them for late.
 */
export async function answerWithin<Result>(
  answer: Promise<Result>,
  { timer, withinMs, late }: AnswerLimit,
): Promise<Result> {
  const answered = new AbortController()
  const { signal } = answered
  const limit = async (): Promise<never> => {
    for (let leftMs = withinMs; leftMs > 0 && !signal.aborted; leftMs -= PIECE_MS)
      await timer.sleep(Math.min(PIECE_MS, leftMs), signal)
    throw late()
  }
  const over = limit()
  // The loser of the race has no handler of its own.
  over.catch(() => {})
  answer.catch(() => {})
  try {
    return await Promise.race([answer, over])
  } finally {
    answered.abort()
  }
}

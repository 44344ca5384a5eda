import { FreshetError } from '@freshet/protocol'
import type { StateStore } from '@freshet/insight'
import type { Timer } from '@freshet/wire'
import { answerWithin } from './answer-within.ts'

/** A database that takes longer does not answer: the verdict does not wait for it. */
const ANSWER_WITHIN_MS = 1_000
/** A read that takes longer is sent once more, over a connection of its own. */
const AGAIN_AFTER_MS = 500

/**
 * Returns a store whose reads reject after a second, so that a hanging database is noticed. One slow read is no sign of
 * that: it can wait for a connection of a busy pool, or its connection can be dead. So the read is sent once more to
 * `reserve` after half a second, and the database is away only if neither is answered.
 */
export function briefStore(store: StateStore, reserve: StateStore, timer: Timer): StateStore {
  const limit = { timer, withinMs: ANSWER_WITHIN_MS, late: notAnswered }
  const read = <Result>(ask: (of: StateStore) => Promise<Result>): Promise<Result> =>
    answerWithin(readTwice(ask, { store, reserve, timer }), limit)
  return {
    pipeline: () => read((of) => of.pipeline()),
    edges: (sinceMs) => read((of) => of.edges(sinceMs)),
    uncountedEdges: (sinceMs) => read((of) => of.uncountedEdges(sinceMs)),
  }
}

interface Stores {
  readonly store: StateStore
  readonly reserve: StateStore
  readonly timer: Timer
}

/** Resolves with the first answer. A first read that fails has no second one, and a second one that fails changes nothing. */
async function readTwice<Result>(
  ask: (of: StateStore) => Promise<Result>,
  { store, reserve, timer }: Stores,
): Promise<Result> {
  const answered = new AbortController()
  const first = ask(store)
  const again = async (): Promise<Result> => {
    await timer.sleep(AGAIN_AFTER_MS, answered.signal)
    return answered.signal.aborted ? first : ask(reserve).catch(() => first)
  }
  const second = again()
  second.catch(() => {})
  try {
    return await Promise.race([first, second])
  } finally {
    answered.abort()
  }
}

function notAnswered(): Error {
  const message = `The database did not answer within ${ANSWER_WITHIN_MS / 1_000} s.`
  return new FreshetError('database.unavailable', message)
}

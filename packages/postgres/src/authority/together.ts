import { invariant } from '@freshet/domain'
import { isOfOneRow } from '../errors.ts'

/** Calls that travel together at most; what they ask fits into one statement many times over. */
export const TOGETHER_MAX = 64

interface Call<Query, Answer> {
  readonly query: Query
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/** Gives the answers in the order of the queries. */
type Run<Query, Answer> = (queries: readonly Query[]) => Promise<readonly Answer[]>

/**
 * Lets calls that are made at the same time share a statement: one round trip, and one wait for the
 * disk where something is stored. A call leaves at once, unless others are on the way; then it leaves
 * with all that were made until they are back. Its statement is sent after the call was made.
 *
 * Where the server refuses what one of them asks, nothing of the statement was done, and each is
 * sent alone: no call fails because of another's. Callers limit how many wait.
 */
export function together<Query, Answer>(
  run: Run<Query, Answer>,
): (query: Query) => Promise<Answer> {
  const waiting: Call<Query, Answer>[] = []
  let areOnTheWay = false
  const leave = async (): Promise<void> => {
    while (waiting.length > 0) await fly(waiting.splice(0, TOGETHER_MAX), run)
    areOnTheWay = false
  }
  return (query) =>
    new Promise((resolve, reject) => {
      waiting.push({ query, resolve, reject })
      if (areOnTheWay) return
      areOnTheWay = true
      // Behind everything that goes on in this turn: who was answered together asks together.
      process.nextTick(() => void leave())
    })
}

/** Never rejects: every call hears of its own. */
async function fly<Query, Answer>(
  calls: readonly Call<Query, Answer>[],
  run: Run<Query, Answer>,
): Promise<void> {
  try {
    const answers = await run(calls.map(({ query }) => query))
    invariant(answers.length === calls.length, 'Every query has its row.')
    for (const [index, { resolve }] of calls.entries()) resolve(answers[index] as Answer)
  } catch (error) {
    if (calls.length > 1 && isOfOneRow(error)) for (const call of calls) await fly([call], run)
    else for (const { reject } of calls) reject(error)
  }
}

interface Waiting<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void
  readonly reject: (reason: unknown) => void
}

/** Answers questions together: one answer to each, in their order; a promise of it may reject alone. */
export type AnswerAll<Question, Answer> = (
  questions: readonly Question[],
) => Promise<readonly (Answer | Promise<Answer>)[]>

/**
 * What is asked in one turn of the event loop is answered by one call, at most `max` questions to a
 * call. Nobody waits for who asks later. Saves what every call costs however little it carries: a
 * system call, a wake-up of the other side, a commit. Where a call fails, all its questions do.
 */
export function gather<Question, Answer>(
  answerAll: AnswerAll<Question, Answer>,
  max: number,
): (question: Question) => Promise<Answer> {
  let waiting: Waiting<Question, Answer>[] = []
  const answerSome = async (some: readonly Waiting<Question, Answer>[]): Promise<void> => {
    try {
      const answers = await answerAll(some.map(({ question }) => question))
      for (const [at, { resolve }] of some.entries()) resolve(answers[at] as Answer)
    } catch (error) {
      for (const { reject } of some) reject(error)
    }
  }
  const answer = (): void => {
    const all = waiting
    waiting = []
    for (let at = 0; at < all.length; at += max) void answerSome(all.slice(at, at + max))
  }
  return (question) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ question, resolve, reject }) === 1) setImmediate(answer)
    })
}

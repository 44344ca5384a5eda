import type { Timer } from './timer.ts'

interface Waiting<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void
  readonly reject: (reason: unknown) => void
}

/** Answers questions together: one answer to each, in their order; a promise of it may reject alone. */
export type AnswerAll<Question, Answer> = (
  questions: readonly Question[],
) => Promise<readonly (Answer | Promise<Answer>)[]>

/** How questions are put together. */
export interface GatherLimits {
  /** Questions of one call. */
  readonly max: number
  /**
   * Calls on the way at a time; default: any number. Who asks while so many are waits for one of them
   * to end, together with all who ask meanwhile; callers limit how many those are.
   */
  readonly callsMax?: number
  /**
   * The least time between two calls' beginnings; default: none. Who asks after such a time waits for
   * nobody; where many ask one after the other, more of them share a call.
   */
  readonly apart?: Pace
}

/** So long after each other, by this timer. */
export interface Pace {
  readonly ms: number
  readonly timer: Timer
}

/**
 * What is asked in one turn of the event loop is answered by one call, which begins after the asking.
 * Saves what every call costs however little it carries: a system call, a wake-up of the other side,
 * a commit. Where a call fails, all its questions do.
 */
export function gather<Question, Answer>(
  answerAll: AnswerAll<Question, Answer>,
  { max, callsMax = Infinity, apart }: GatherLimits,
): (question: Question) => Promise<Answer> {
  const waiting: Waiting<Question, Answer>[] = []
  let calls = 0
  const isTime = apart === undefined ? () => true : paced(apart, () => answer())
  const answerSome = async (some: readonly Waiting<Question, Answer>[]): Promise<void> => {
    try {
      const answers = await answerAll(some.map(({ question }) => question))
      for (const [at, { resolve }] of some.entries()) resolve(answers[at] as Answer)
    } catch (error) {
      for (const { reject } of some) reject(error)
    }
    calls -= 1
    answer()
  }
  const answer = (): void => {
    while (waiting.length > 0 && calls < callsMax && isTime()) {
      calls += 1
      void answerSome(waiting.splice(0, max))
    }
  }
  return (question) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ question, resolve, reject }) === 1) setImmediate(answer)
    })
}

/** Says whether it is time for the next call, which then begins; else tells when it is. */
function paced({ ms, timer }: Pace, onTime: () => void): () => boolean {
  let begunMs = Number.NEGATIVE_INFINITY
  let isAsleep = false
  const awake = (): void => {
    isAsleep = false
    onTime()
  }
  return () => {
    if (isAsleep) return false
    const nowMs = timer.monotonicMs()
    const earlyMs = begunMs + ms - nowMs
    isAsleep = earlyMs > 0
    if (isAsleep) void timer.sleep(earlyMs).then(awake)
    else begunMs = nowMs
    return !isAsleep
  }
}

import type { Timer } from './timer.ts'

interface Waiting<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void
  readonly reject: (reason: unknown) => void
}

/**
 * Answers several questions: one answer for each, in their order. A promise among the answers can reject by
 * itself.
 */
export type AnswerAll<Question, Answer> = (
  questions: readonly Question[],
) => Promise<readonly (Answer | Promise<Answer>)[]>

/** The limits for gathering questions into calls. */
export interface GatherLimits {
  /** Questions of one call. */
  readonly max: number
  /**
   * Concurrent calls; default: any number. A question beyond that waits until one of them ends, and shares
   * the next call with all later questions. Callers limit the number of waiting questions.
   */
  readonly callsMax?: number
  /**
   * The least time between the beginnings of two calls; default: none. A question that comes after such a
   * time does not wait. Many questions in a row share calls.
   */
  readonly apart?: GatherPace
}

/** The least time in milliseconds, and the timer that measures it. */
export interface GatherPace {
  readonly ms: number
  readonly timer: Timer
}

/**
 * Answers the questions of one turn of the event loop by one call, which begins after that turn. That saves
 * the fixed cost of each call: a system call, a wake-up of the other side, a commit. If a call fails, all of
 * its questions fail.
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

/**
 * Returns a function that returns whether the next call can begin now. If not, it calls `onTime` at the time
 * of the next call.
 */
function paced({ ms, timer }: GatherPace, onTime: () => void): () => boolean {
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

import type { PolicyAnswer, PolicyEngine, PolicyQuestion } from '@freshet/authority'
import { FreshetError, subjectKey } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import * as limits from './limits.ts'
import { routeKey, type PolicyTexts } from './policy-texts.ts'
import type { PolicyThread, StartThread } from './thread/policy-thread.ts'
import type { ThreadAnswer, ThreadQuestion, ThreadReady } from './thread/thread-messages.ts'

/** The parts that an engine works with. */
export interface EngineParts {
  readonly timer: Timer
  readonly start: StartThread
  /** Called with the reason why policies could not be evaluated; requests are denied meanwhile. */
  readonly onTrouble: (error: unknown) => void
}

interface Waiting {
  readonly question: ThreadQuestion
  readonly sinceMs: number
  readonly resolve: (answer: ThreadAnswer) => void
  readonly reject: (error: FreshetError) => void
}

/**
 * The policies of one version, in a thread of their own, so that nothing else waits for them. Questions
 * take turns: those that wait when the thread has answered are asked together, by one message. One that
 * takes longer than {@link limits.POLICY_RUN_MS_MAX} is ended with its thread, and those behind it are
 * asked in a new one.
 */
export class VersionEngine implements PolicyEngine {
  readonly #texts: PolicyTexts
  readonly #parts: EngineParts
  readonly #waiting: Waiting[] = []
  #isAsking = false
  #thread: PolicyThread | undefined
  /** The members that policies read, by route. Compiling makes them once. */
  #reads: ThreadReady['reads'] | undefined
  /** The time since which policies that cannot be compiled are not tried. */
  #brokenAtMs: number | undefined

  constructor(texts: PolicyTexts, parts: EngineParts) {
    this.#texts = texts
    this.#parts = parts
  }

  /** Starts what the first question needs, ahead of it. */
  warm(): void {
    this.#started().catch(() => undefined)
  }

  async reads(route: Parameters<PolicyEngine['reads']>[0]): Promise<readonly string[]> {
    if (this.#reads === undefined) await this.#soonStarted()
    return this.#reads?.get(routeKey(route)) ?? []
  }

  async decide({ subject, actors, claims, ...question }: PolicyQuestion): Promise<PolicyAnswer> {
    if (this.#waiting.length >= limits.POLICY_QUESTIONS_WAITING_MAX)
      throw late('More questions wait for the policies than there may be.')
    const texts = [...claims].map(([claim, values]) => [claim, values.map(String)] as const)
    const { tenant } = subject
    const threadQuestion = {
      ...question,
      tenant,
      subject: subjectKey(subject),
      // All parties of a token are of one tenant.
      actors: actors.map(({ iss, sub }) => ({ iss, sub })),
      claims: new Map(texts),
    }
    const answer = new Promise<ThreadAnswer>((resolve, reject) => {
      const sinceMs = this.#parts.timer.monotonicMs()
      this.#waiting.push({ question: threadQuestion, sinceMs, resolve, reject })
    })
    if (!this.#isAsking) void this.#askAll()
    return answerOf(await answer)
  }

  /** Denies all waiting requests. */
  async close(): Promise<void> {
    for (const { reject } of this.#waiting.splice(0)) reject(failed('The policies were put away.'))
    await this.#thread?.end()
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true
    while (this.#waiting.length > 0)
      await this.#askBatch(this.#waiting.splice(0, limits.POLICY_QUESTIONS_BATCH_MAX))
    this.#isAsking = false
  }

  async #askBatch(waiting: readonly Waiting[]): Promise<void> {
    const inTime = waiting.filter((each) => !this.#isTooLate(each))
    if (inTime.length === 0) return
    try {
      const thread = await this.#soonStarted()
      await this.#settle(thread, inTime)
    } catch (error) {
      for (const { reject } of inTime) reject(asFailure(error))
    }
  }

  #isTooLate({ sinceMs, reject }: Waiting): boolean {
    const isLate = this.#parts.timer.monotonicMs() - sinceMs > limits.POLICY_WAIT_MS_MAX
    if (isLate)
      reject(late(`A question waited longer than ${limits.POLICY_WAIT_MS_MAX} ms for its turn.`))
    return isLate
  }

  /** If the thread ends at a question, that one is refused, and those behind it are next. */
  async #settle(thread: PolicyThread, batch: readonly Waiting[]): Promise<void> {
    const answers = thread.ask(batch.map(({ question }) => question))
    for (const [at, answer] of answers.entries()) {
      try {
        batch[at]?.resolve(await within(answer, limits.POLICY_RUN_MS_MAX, this.#parts.timer))
      } catch (error) {
        const ended = await this.#ended(thread, error)
        batch[at]?.reject(ended)
        this.#waiting.unshift(...batch.slice(at + 1))
        return
      }
    }
  }

  /** A request waits as long as for a turn; the start itself can take longer. */
  #soonStarted(): Promise<PolicyThread> {
    return within(this.#started(), limits.POLICY_WAIT_MS_MAX, this.#parts.timer)
  }

  /** @throws `policy.failed` where the policies cannot be compiled, `policy.late` where that takes too long */
  async #started(): Promise<PolicyThread> {
    const { timer, start } = this.#parts
    const isResting =
      this.#brokenAtMs !== undefined &&
      timer.monotonicMs() - this.#brokenAtMs < limits.POLICY_RESTART_PAUSE_MS
    if (isResting) throw failed('They could not be compiled.')
    const thread = (this.#thread ??= start(this.#texts))
    try {
      const { reads } = await within(thread.ready, limits.POLICY_START_MS_MAX, timer)
      this.#reads = reads
      this.#brokenAtMs = undefined
      return thread
    } catch (error) {
      this.#brokenAtMs = timer.monotonicMs()
      throw await this.#ended(thread, error)
    }
  }

  async #ended(thread: PolicyThread, cause: unknown): Promise<FreshetError> {
    if (this.#thread === thread) this.#thread = undefined
    const error = asFailure(cause)
    await thread.end()
    this.#parts.onTrouble(error)
    return error
  }
}

/** @throws `policy.failed` naming the policies, `policy.context` */
function answerOf(answer: ThreadAnswer): PolicyAnswer {
  switch (answer.kind) {
    case 'answered':
      return { permitted: answer.permitted, by: answer.by }
    case 'context':
      throw new FreshetError('policy.context', 'The schema declares other facts for this route.')
    case 'failed':
      throw failed(`Not evaluated: ${answer.policies.join(', ') || 'the request'}.`)
  }
}

async function within<T>(work: Promise<T>, ms: number, timer: Timer): Promise<T> {
  const done = new AbortController()
  const deadline = timer.sleep(ms, done.signal).then(() => {
    throw late(`The policies took longer than ${ms} ms.`)
  })
  // The rejection of the loser is ignored.
  deadline.catch(() => undefined)
  work.catch(() => undefined)
  try {
    return await Promise.race([work, deadline])
  } finally {
    done.abort()
  }
}

function asFailure(cause: unknown): FreshetError {
  return cause instanceof FreshetError ? cause : failed('Their thread ended.', cause)
}

function late(message: string): FreshetError {
  return new FreshetError('policy.late', message)
}

function failed(message: string, cause?: unknown): FreshetError {
  return new FreshetError('policy.failed', message, { cause })
}

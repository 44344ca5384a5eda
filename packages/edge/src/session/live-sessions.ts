import { FreshetError, type Verdict } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { SESSIONS_JUDGED_EVERY_MS } from '../limits.ts'
import type { TokenJudge } from '../token/judge-token.ts'
import { usesOf } from '../token/judge-uses.ts'
import type { VerifiedToken } from '../token/token-claims.ts'

/** Options of watching a live session. */
export interface SessionOptions {
  /** Claims that the session uses; default all authoritative ones of the token. `[]`: the token itself. */
  readonly uses?: readonly string[]
  /** Restricting claims of the audience that do not bind the session. Default: all bind it. */
  readonly ignores?: readonly string[]
  /** `end` (default) is closed: a session that cannot be vouched for ends. `keep` waits for news. */
  readonly whenUnverified?: 'end' | 'keep'
  /** Aborts when the session is over, so that it is no longer watched. */
  readonly until?: AbortSignal
}

interface Session {
  readonly verified: VerifiedToken
  readonly options: SessionOptions
  readonly abort: AbortController
  /** Stops listening for the session's own end. */
  readonly release: () => void
}

/** The live sessions of an edge, each judged again when something was applied and as time passes. */
export class LiveSessions {
  readonly #judge: TokenJudge
  readonly #timer: Timer
  readonly #max: number
  readonly #sessions = new Set<Session>()
  #judgedAtMs = Number.NEGATIVE_INFINITY
  #isWaiting = false

  constructor(judge: TokenJudge, timer: Timer, max: number) {
    this.#judge = judge
    this.#timer = timer
    this.#max = max
  }

  get size(): number {
    return this.#sessions.size
  }

  /**
   * A signal that aborts when the session has to end; its reason is a `FreshetError`.
   *
   * @throws `limit.reached`
   */
  watch(verified: VerifiedToken, options: SessionOptions): AbortSignal {
    if (this.#sessions.size >= this.#max)
      throw new FreshetError('limit.reached', `At most ${this.#max} live sessions are watched.`)
    const { until } = options
    const over = (): void => void this.#sessions.delete(session)
    const release = (): void => until?.removeEventListener('abort', over)
    const { uses, ignores } = options
    const own = {
      ...options,
      ...(uses && { uses: [...uses] }),
      ...(ignores && { ignores: [...ignores] }),
    }
    const session: Session = { verified, options: own, abort: new AbortController(), release }
    if (until?.aborted !== true) {
      this.#sessions.add(session)
      until?.addEventListener('abort', over, { once: true })
    }
    this.#judgeOne(session)
    return session.abort.signal
  }

  /** Something was applied: judges now, or soon after the last time. */
  onApplied(): void {
    if (this.#sessions.size === 0 || this.#isWaiting) return
    const restMs = this.#judgedAtMs + SESSIONS_JUDGED_EVERY_MS - this.#timer.monotonicMs()
    if (restMs <= 0) {
      this.judgeAll()
      return
    }
    this.#isWaiting = true
    void this.#timer.sleep(restMs).then(() => {
      this.#isWaiting = false
      this.judgeAll()
    })
  }

  judgeAll(): void {
    this.#judgedAtMs = this.#timer.monotonicMs()
    for (const session of this.#sessions) this.#judgeOne(session)
  }

  /** Ends all sessions when the edge closes: nothing judges them any more. */
  endAll(): void {
    for (const session of this.#sessions) this.#end(session, unverified('freshet'))
  }

  #judgeOne(session: Session): void {
    const { verified, options } = session
    if (this.#timer.nowMs() >= verified.expiresAtMs) {
      this.#end(session, new FreshetError('token.stale', 'The token of the session expired.'))
      return
    }
    for (const claim of usesOf(verified, options.uses, this.#judge, options.ignores)) {
      const reason = endOf(this.#judge.judgeClaim(verified, claim), claim, options)
      if (reason === undefined) continue
      this.#end(session, reason)
      return
    }
  }

  #end(session: Session, reason: FreshetError): void {
    this.#sessions.delete(session)
    session.release()
    session.abort.abort(reason)
  }
}

function endOf(
  verdict: Verdict,
  claim: string,
  { whenUnverified = 'end' }: SessionOptions,
): FreshetError | undefined {
  if (verdict.kind === 'fresh') return undefined
  if (verdict.kind === 'unverified')
    return whenUnverified === 'end' ? unverified(verdict.source) : undefined
  const by = verdict.change === undefined ? '' : ` by change ${verdict.change}`
  const what = claim === '' ? 'The token' : `Claim ${claim}`
  return new FreshetError('token.stale', `${what} is stale: ${verdict.reason}${by}.`)
}

function unverified(source: string): FreshetError {
  return new FreshetError('token.unverified', `The token is unverified: ${source} is silent.`)
}

import { FreshetError } from '@freshet/protocol'
import type { TokenLogin } from '../client/settings.ts'
import type { Timer } from '@freshet/wire'

/**
 * The shortest life of a usable token. A connection authenticates again 10 s before its token ends, and each
 * request would do so with a token of less.
 */
export const TOKEN_LIFE_MIN_MS = 15_000
/**
 * The remaining life below which a held token is replaced. It is above the 10 s before its end at which a
 * connection authenticates again, so each connection gets a new token then.
 */
export const TOKEN_RENEWED_MS = 30_000
/** The time after a failed request in which the same failure counts, unless the secret was replaced. */
export const TOKEN_PAUSE_MS = 1_000

/** A token, and its end by the monotonic clock. A token of unknown life has ended already. */
export interface TimedToken {
  readonly value: string
  readonly endsAtMs: number
}

/** The place where a client gets its tokens. */
export interface TokenRequests {
  /** Returns the secret for the next request; an empty text if this process holds none. */
  readonly secret: () => string
  /**
   * Requests a token.
   *
   * @throws `broker.unavailable` if there is no answer now; `broker.unauthenticated` if the client is refused
   */
  readonly request: (secret: string) => Promise<TimedToken>
}

/** The parts that a source of tokens needs. */
export interface TokenSourceParts {
  readonly timer: Timer
  /** Called once when requests are no longer answered. The held token stays in use while it lives. */
  readonly onAway: (error: unknown) => void
}

interface Failure {
  readonly error: unknown
  readonly secret: string
  readonly untilMs: number
}

/**
 * Returns a function that gets tokens for all connections of a client. One request runs at
 * a time. A token is held until it lives for less than 30 s, or the broker refuses it.
 */
export function tokenSource(requests: TokenRequests, parts: TokenSourceParts): TokenLogin['token'] {
  let held: TimedToken | undefined
  let pending: Promise<TimedToken> | undefined
  const ask = pausing(requests, parts)
  const livesFor = (token: TimedToken, ms: number): boolean =>
    token.endsAtMs - parts.timer.monotonicMs() >= ms
  return async (refused) => {
    if (held?.value === refused) held = undefined
    if (held !== undefined && livesFor(held, TOKEN_RENEWED_MS)) return held
    try {
      pending ??= ask().finally(() => (pending = undefined))
      held = await pending
      return held
    } catch (error) {
      if (held !== undefined && isAway(error) && livesFor(held, TOKEN_LIFE_MIN_MS)) return held
      throw error
    }
  }
}

/** Returns a function that requests a token. It repeats a recent failure without a request. */
function pausing(requests: TokenRequests, parts: TokenSourceParts): () => Promise<TimedToken> {
  let failure: Failure | undefined
  return async () => {
    const secret = requests.secret()
    const nowMs = parts.timer.monotonicMs()
    if (failure?.secret === secret && nowMs < failure.untilMs) throw failure.error
    try {
      const token = await requests.request(secret)
      failure = undefined
      return token
    } catch (error) {
      if (isAway(error) && !isAway(failure?.error)) parts.onAway(error)
      failure = { error, secret, untilMs: nowMs + TOKEN_PAUSE_MS }
      throw error
    }
  }
}

function isAway(error: unknown): boolean {
  return error instanceof FreshetError && error.code === 'broker.unavailable'
}

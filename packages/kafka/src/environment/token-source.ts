import { FreshetError } from '@freshet/protocol'
import type { TokenLogin } from '../client/settings.ts'
import {
  requestToken,
  TOKEN_LIFE_MIN_MS,
  type ClientCredentials,
  type TimedToken,
  type TokenRequestParts,
} from './request-token.ts'

/**
 * The remaining life below which a held token is replaced. It is above the 10 s before its end at which a
 * connection authenticates again, so each connection gets a new token then.
 */
export const TOKEN_RENEWED_MS = 30_000
/** The time after a failed request in which the same failure counts, unless the secret was replaced. */
export const TOKEN_PAUSE_MS = 1_000

/** The parts that a source of tokens needs. */
export interface TokenSourceParts extends TokenRequestParts {
  /** Called once when the endpoint no longer answers. The held token stays in use while it lives. */
  readonly onAway: (error: unknown) => void
}

interface Failure {
  readonly error: unknown
  readonly secret: string
  readonly untilMs: number
}

/**
 * Returns a function that gets tokens by client credentials for all connections of a client. One request runs at
 * a time. A token is held until it lives for less than 30 s, or the broker refuses it.
 */
export function tokenSource(
  client: ClientCredentials,
  parts: TokenSourceParts,
): TokenLogin['token'] {
  let held: TimedToken | undefined
  let asked: Promise<TimedToken> | undefined
  const ask = pausing(client, parts)
  const livesFor = (token: TimedToken, ms: number): boolean =>
    token.endsAtMs - parts.timer.monotonicMs() >= ms
  return async (refused) => {
    if (held?.value === refused) held = undefined
    if (held !== undefined && livesFor(held, TOKEN_RENEWED_MS)) return held
    try {
      asked ??= ask().finally(() => (asked = undefined))
      held = await asked
      return held
    } catch (error) {
      if (held !== undefined && isAway(error) && livesFor(held, TOKEN_LIFE_MIN_MS)) return held
      throw error
    }
  }
}

/** Returns a function that requests a token. It repeats a recent failure without a request. */
function pausing(client: ClientCredentials, parts: TokenSourceParts): () => Promise<TimedToken> {
  let failure: Failure | undefined
  return async () => {
    const secret = client.secret()
    const nowMs = parts.timer.monotonicMs()
    if (failure?.secret === secret && nowMs < failure.untilMs) throw failure.error
    try {
      const token = await requestToken({ ...client, secret: () => secret }, parts)
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

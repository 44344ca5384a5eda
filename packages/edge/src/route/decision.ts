import type { ErrorCode, Verdict } from '@freshet/domain'
import type { TokenClaims } from '../token/token-claims.ts'

/** Why a request was not allowed, as a class: nothing that tells more of a subject. */
export type DecisionCode =
  | Extract<ErrorCode, 'token.invalid' | 'token.stale' | 'token.unverified' | 'keys.unavailable'>
  | 'token.missing'
  | 'token.insufficient'

/**
 * What a route does with a request. `challenge`: there is no token, or none that is acceptable.
 * `deny`: the token was understood and does not do.
 */
export interface Decision {
  readonly decision: 'allow' | 'deny' | 'challenge'
  /** HTTP status of a middleware's answer: 200, 401, 403 or 503. */
  readonly status: 200 | 401 | 403 | 503
  readonly code?: DecisionCode
  /** A sentence for people. */
  readonly detail?: string
  /** The verdict of every claim that was judged. `''` is the token itself, where it has no claim. */
  readonly verdicts: ReadonlyMap<string, Verdict>
  /** Claims that the request goes on without: unverified ones of the policy `strip`. */
  readonly stripped: readonly string[]
  /** Absent where no token was accepted. */
  readonly claims?: TokenClaims
  /** Age of the last heartbeat that counted, in the older of the partitions used; null: none. */
  readonly viewAgeMs: number | null
  readonly wwwAuthenticate?: string
}

/** The part of a decision that its kind settles. */
export type Outcome = Pick<Decision, 'decision' | 'status' | 'code' | 'detail' | 'wwwAuthenticate'>

/** RFC 6750 §3.1: no error code where the request had no token. */
export const NO_TOKEN: Outcome = {
  decision: 'challenge',
  status: 401,
  code: 'token.missing',
  detail: 'The request has no access token.',
  wwwAuthenticate: 'Bearer',
}

export function invalid(detail: string): Outcome {
  return {
    decision: 'challenge',
    status: 401,
    code: 'token.invalid',
    detail,
    wwwAuthenticate: challenge('invalid_token', 'The access token is not valid'),
  }
}

/** Whoever holds the token can ask for a new one; what it lacks then is another matter. */
export function stale({ reason }: Extract<Verdict, { kind: 'stale' }>): Outcome {
  const isClaim = reason === 'claim-changed' || reason === 'value-withdrawn'
  const detail = isClaim ? 'The access token is stale' : 'The access token was revoked'
  return {
    decision: 'deny',
    status: 401,
    code: 'token.stale',
    detail: `${detail}.`,
    wwwAuthenticate: challenge('invalid_token', detail),
  }
}

const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

export function insufficient(missing: readonly string[]): Outcome {
  const scope = missing.filter((value) => scopeToken.test(value)).join(' ')
  return {
    decision: 'deny',
    status: 403,
    code: 'token.insufficient',
    detail: 'The access token does not carry what this route requires.',
    wwwAuthenticate: `Bearer error="insufficient_scope"${scope === '' ? '' : `, scope="${scope}"`}`,
  }
}

export function unverified(detail: string): Outcome {
  return { decision: 'deny', status: 503, code: 'token.unverified', detail }
}

function challenge(error: string, description: string): string {
  return `Bearer error="${error}", error_description="${description}"`
}

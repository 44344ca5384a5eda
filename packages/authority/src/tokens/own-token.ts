import { CLOCK_TOLERANCE_MS, FreshetError, type JudgedToken } from '@freshet/protocol'
import { isJwsSignedBy, readToken, type AcceptedHeader, type VerifyKey } from '@freshet/wire'
import { tokenInvalid, readSignedToken } from './signed-token.ts'

/** An access token that a key of ours signed. */
export interface OwnToken {
  readonly token: JudgedToken
  readonly iatMs: number
  readonly expMs: number
  readonly audiences: readonly string[]
  readonly payload: Readonly<Record<string, unknown>>
}

/** The terms that a token of ours meets. */
export interface OwnTerms {
  readonly issuer: string
  /** The keys that our tokens are signed with, retired ones too. */
  readonly keys: readonly VerifyKey[]
}

const accepted: AcceptedHeader = { types: ['at+jwt'], algs: ['ES256'] }

/**
 * Reads an access token of ours, whatever its age: strict form, `typ: at+jwt`, signature, issuer,
 * RFC 9068 and label.
 *
 * @throws `token.invalid` naming the rule, never the token
 */
export function readOwnToken(jwt: string, { keys, issuer }: OwnTerms): OwnToken {
  const jws = readSignedToken(jwt, accepted, (text) => tokenInvalid('access token', text))
  if (!isJwsSignedBy(jws, keys))
    throw tokenInvalid('access token', 'is not signed by a key of ours')
  const { claims: payload } = jws
  const token = readToken(payload, jws.header.kid)
  if (token.issuer !== issuer) throw tokenInvalid('access token', 'is of another issuer')
  // The shapes of these were checked with the token.
  const { iat, exp, aud } = payload as {
    readonly iat: number
    readonly exp: number
    readonly aud: string | readonly string[]
  }
  return { token, iatMs: iat * 1_000, expMs: exp * 1_000, audiences: [aud].flat(), payload }
}

/** The same, where whatever else it is does not matter: `undefined` for a token that is not ours. */
export function findOwnToken(jwt: string, terms: OwnTerms): OwnToken | undefined {
  try {
    return readOwnToken(jwt, terms)
  } catch (error) {
    if (error instanceof FreshetError && error.code === 'token.invalid') return undefined
    throw error
  }
}

/** Returns whether a token names a key that its sender must hold (RFC 7800), in whatever form. */
export function isBound(payload: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(payload, 'cnf')
}

/** The authority verifies no proof of possession, so it accepts no bound token. */
export function tokenUnproven(what: string): FreshetError {
  const message = `The ${what} is bound to a key by cnf, and the authority verifies no proof. Send an unbound token.`
  return new FreshetError('token.unproven', message)
}

/**
 * Returns whether the token can be used at this time: not bound to a key, not expired, not of the future, and
 * of a life that the watermarks outlive, whatever its signer (rule 25).
 */
export function isInForce(
  { iatMs, expMs, payload }: OwnToken,
  nowMs: number,
  lifeMaxMs: number,
): boolean {
  const latestMs = nowMs + CLOCK_TOLERANCE_MS
  const { nbf } = payload as { readonly nbf?: unknown }
  const hasBegun = nbf === undefined || (typeof nbf === 'number' && nbf * 1_000 <= latestMs)
  return (
    !isBound(payload) &&
    hasBegun &&
    nowMs < expMs &&
    iatMs <= latestMs &&
    expMs - iatMs <= lifeMaxMs
  )
}

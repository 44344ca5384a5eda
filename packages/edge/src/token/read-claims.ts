import { FreshetError, type JudgedToken } from '@freshet/protocol'
import { readToken } from '@freshet/wire'
import { CLOCK_TOLERANCE_MS, TOKEN_LIFE_MAX_MS } from '../limits.ts'
import { invalidToken } from './invalid-token.ts'
import { readPayload } from './signed-token.ts'
import type { TokenClaims } from './token-claims.ts'

/** The expected values of a token's registered claims. */
export interface Expected {
  readonly issuer: string
  readonly nowMs: number
  /** T_max: no token lives longer than the watermarks that judge it, whatever its signer (rule 25). */
  readonly lifeMaxMs?: number
}

/**
 * Reads the payload of a token whose signature holds: RFC 9068's claims and the label.
 *
 * @throws `token.invalid` naming the rule, never a value
 */
export function readClaims(payload: Uint8Array, kid: string, expected: Expected): TokenClaims {
  return checkClaims(readPayload(payload), kid, expected)
}

/** The same for a payload that is read already. @throws `token.invalid` */
export function checkClaims(
  claims: Readonly<Record<string, unknown>>,
  kid: string,
  expected: Expected,
): TokenClaims {
  if (claims['iss'] !== expected.issuer) throw invalidToken('iss of this edge')
  const expiresAtMs = readTimes(claims, expected)
  const token = readJudged(claims, kid)
  const { scope } = claims as { scope?: unknown }
  return {
    token,
    payload: claims,
    issuer: expected.issuer,
    audiences: readAudiences(claims['aud']),
    scope: typeof scope === 'string' ? scope : undefined,
    expiresAtMs,
  }
}

/** The expiry, if all times are possible. @throws `token.invalid` */
export function readTimes(
  claims: Readonly<Record<string, unknown>>,
  expected: Omit<Expected, 'issuer'>,
): number {
  const { nowMs, lifeMaxMs = TOKEN_LIFE_MAX_MS } = expected
  const issuedMs = seconds(claims['iat'], 'iat')
  const expiresMs = seconds(claims['exp'], 'exp')
  if (expiresMs <= issuedMs) throw invalidToken('exp after iat')
  if (expiresMs - issuedMs > lifeMaxMs) throw invalidToken('exp − iat within the longest life')
  if (issuedMs > nowMs + CLOCK_TOLERANCE_MS) throw invalidToken('iat not in the future')
  if (claims['nbf'] !== undefined && seconds(claims['nbf'], 'nbf') > nowMs + CLOCK_TOLERANCE_MS)
    throw invalidToken('nbf not in the future')
  return expiresMs
}

function seconds(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || !Number.isSafeInteger((value as number) * 1_000))
    throw invalidToken(`${name} in whole seconds`)
  return (value as number) * 1_000
}

/** @throws `token.invalid` */
export function readAudiences(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0 || !list.every((each) => typeof each === 'string' && each !== ''))
    throw invalidToken('aud')
  return list as readonly string[]
}

/** Labels are compared as doubles, so one that does not fit is refused rather than rounded. */
function readJudged(claims: Readonly<Record<string, unknown>>, kid: string): JudgedToken {
  const token = readDomain(claims, kid)
  for (const { label } of token.parties)
    for (const component of [label.e, label.s, label.c])
      if (component < 0n || component > Number.MAX_SAFE_INTEGER)
        throw invalidToken('a label of exact numbers')
  return token
}

function readDomain(claims: Readonly<Record<string, unknown>>, kid: string): JudgedToken {
  try {
    return readToken(claims, kid)
  } catch (cause) {
    if (cause instanceof FreshetError && cause.code === 'token.invalid') throw cause
    throw invalidToken('the claims of an access token of Freshet', cause)
  }
}

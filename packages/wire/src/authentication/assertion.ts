import type { FreshetError } from '@freshet/protocol'
import * as z from 'zod'
import { readSenderJws, requireSigned, unauthentic } from './authentic-jws.ts'
import { SIGNATURE_ALGORITHMS, type VerifyKey } from '../keys/keys.ts'
import { parseJsonObject } from '../json/strict-json.ts'

/** The longest time until an assertion expires. */
export const ASSERTION_LIFETIME_MS = 60_000

/** The largest accepted difference between the sender's clock and ours. */
export const ASSERTION_TOLERANCE_MS = 2_000

const ASSERTION_LENGTH_MAX = 8_192
const WHAT = 'the assertion'

/** The rules for an accepted assertion: its types, its audience and the keys of its issuers. */
export interface AssertionTerms {
  /** Kinds of token, in lower case; `undefined` for one that names none. */
  readonly types: readonly (string | undefined)[]
  readonly audience: string
  readonly nowMs: number
  readonly keysOf: (iss: string) => readonly VerifyKey[]
}

/** A valid signed assertion. The caller refuses a `jti` that it saw before `expMs`. */
export interface Assertion {
  readonly iss: string
  readonly jti: string
  readonly expMs: number
  /** All of its members; only those above were checked. */
  readonly claims: Readonly<Record<string, unknown>>
}

const assertionShape = z.looseObject({
  iss: z.string().min(1).max(64),
  aud: z.union([z.string(), z.array(z.string()).max(16)]),
  exp: z.int().min(0),
  nbf: z.number().optional(),
  jti: z.string().min(1).max(256),
})

/**
 * Checks a signed assertion in the form of RFC 7523. A key of `iss` signed it, and that key has the `alg` of
 * the header. `aud` is the audience alone, and `exp` is ahead by at most {@link ASSERTION_LIFETIME_MS}. Both
 * limits of time allow {@link ASSERTION_TOLERANCE_MS}.
 *
 * @throws `event.unauthentic` naming the rule, never the token
 */
export function verifyAssertion(jwt: string, terms: AssertionTerms): Assertion {
  const accepted = { lengthMax: ASSERTION_LENGTH_MAX, algs: SIGNATURE_ALGORITHMS }
  const jws = readSenderJws(jwt, { ...accepted, types: terms.types }, WHAT)
  const payload = parseJsonObject(jws.payload)
  if (payload === undefined) throw unfounded('holds no strict JSON')
  const { data: claims } = assertionShape.safeParse(payload)
  if (!claims) throw unfounded('needs iss, aud, exp and jti')
  requireSigned(jws, terms.keysOf(claims.iss), WHAT)
  requireAudience([claims.aud].flat(), terms.audience)
  checkTimes(claims, terms.nowMs)
  return { iss: claims.iss, jti: claims.jti, expMs: claims.exp * 1000, claims }
}

/** Each further audience could use an assertion here that is also for others (RFC 7523 §3, point 3). */
function requireAudience(claimed: readonly string[], audience: string): void {
  if (!claimed.includes(audience)) throw unfounded('is for another audience')
  if (claimed.length > 1) throw unfounded('is for other audiences too')
}

/** Returns the error of an assertion that breaks a rule, without any of its content. */
export function unfounded(rule: string): FreshetError {
  return unauthentic(WHAT, rule)
}

function checkTimes({ exp, nbf }: z.infer<typeof assertionShape>, nowMs: number): void {
  const leftMs = exp * 1000 - nowMs
  if (leftMs <= -ASSERTION_TOLERANCE_MS) throw unfounded('has expired')
  if (leftMs > ASSERTION_LIFETIME_MS + ASSERTION_TOLERANCE_MS) {
    throw unfounded(`expires more than ${ASSERTION_LIFETIME_MS / 1000} s ahead`)
  }
  if (nbf !== undefined && nbf * 1000 > nowMs + ASSERTION_TOLERANCE_MS) {
    throw unfounded('is not valid yet')
  }
}

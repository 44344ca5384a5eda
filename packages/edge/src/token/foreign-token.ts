import { NO_LABEL, type ClaimValue, type JudgedToken, type MappedIssuer } from '@freshet/protocol'
import {
  isSignedBy,
  SIGNATURE_ALGORITHMS,
  type AcceptedHeader,
  type NamedKey,
  type VerifyKey,
} from '@freshet/wire'
import type { ForeignKeys } from '../keys/foreign-keys.ts'
import { invalidToken } from './invalid-token.ts'
import { readAudiences, readTimes } from './read-claims.ts'
import { copyOf, readHeader, readPayload, readSigned } from './signed-token.ts'
import type { SubjectForms } from './subject-forms.ts'
import { VerifiedToken, type TokenClaims } from './token-claims.ts'

/** The terms by which a foreign token is verified. */
export interface ForeignExpected {
  readonly terms: MappedIssuer
  readonly keys: ForeignKeys
  readonly subjects: SubjectForms
  readonly nowMs: number
  /** T_max: no token lives longer than the times that judge it, whatever its issuer (rule 25). */
  readonly lifeMaxMs: number
}

const algs = SIGNATURE_ALGORITHMS
const anyJwt: AcceptedHeader = { types: ['jwt', 'at+jwt'], algs }
const accessToken: AcceptedHeader = { types: ['at+jwt'], algs }
const TEXT_MAX = 512

/** The issuer that a token names, if it is a foreign one; nothing of the token is believed yet. */
export function foreignIssuerOf(
  jwt: string,
  issuers: ReadonlyMap<string, MappedIssuer>,
): MappedIssuer | undefined {
  const { payload } = readSigned(jwt, anyJwt)
  return issuers.get(String(readPayload(payload)['iss']))
}

/**
 * Verifies a token of another issuer by its keys and the terms that the claim map has of it, as strictly as
 * one of our own: form, signature, times, and all claims that judging needs.
 *
 * @throws `token.invalid` naming the rule; `keys.unavailable`
 */
export async function verifyForeign(
  jwt: string,
  expected: ForeignExpected,
): Promise<VerifiedToken> {
  const { terms } = expected
  const { header, payload, signed, signature } = readSigned(jwt, acceptedOf(terms))
  const key = await requireKey(expected, header)
  if (!isSignedBy(key, signed, signature)) throw invalidToken('a signature by the issuer')
  return new VerifiedToken(jwt, checkForeign(readPayload(payload), header.kid, expected))
}

/** The same for claims whose signature a caller has verified. @throws as {@link verifyForeign} */
export async function acceptForeign(
  payload: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>>,
  expected: ForeignExpected,
): Promise<VerifiedToken> {
  const named = readHeader(header, acceptedOf(expected.terms))
  await requireKey(expected, named)
  return new VerifiedToken('', checkForeign(copyOf(payload), named.kid, expected))
}

function acceptedOf({ rfc9068 }: MappedIssuer): AcceptedHeader {
  return rfc9068 ? accessToken : anyJwt
}

async function requireKey({ keys, terms }: ForeignExpected, named: NamedKey): Promise<VerifyKey> {
  const key = await keys.find(terms, named)
  if (key === undefined) throw invalidToken('a kid of the issuer')
  return key
}

function checkForeign(
  payload: Readonly<Record<string, unknown>>,
  kid: string,
  { terms, subjects, nowMs, lifeMaxMs }: ForeignExpected,
): TokenClaims {
  if (payload['iss'] !== terms.issuer) throw invalidToken('iss of the issuer')
  // The member would name an actor, and no rule here judges that party.
  if (payload['act'] !== undefined) throw invalidToken('no act in a token of another issuer')
  const { scope } = payload as { scope?: unknown }
  const lives = Math.min(lifeMaxMs, terms.maxTtlMs)
  const expiresAtMs = readTimes(payload, { nowMs, lifeMaxMs: lives })
  const token = judgedToken(payload, kid, terms)
  subjects.check(token.parties[0].subject.sub, terms)
  return {
    expiresAtMs,
    token,
    payload,
    issuer: terms.issuer,
    audiences: readAudiences(payload['aud']),
    scope: typeof scope === 'string' ? scope : undefined,
    terms,
  }
}

function judgedToken(
  payload: Readonly<Record<string, unknown>>,
  kid: string,
  { issuer, tenant, subjects, claims, marginMs, rfc9068 }: MappedIssuer,
): JudgedToken {
  const sub = textIn(payload, subjects.sub)
  const { sid } = payload
  const client = payload['client_id'] ?? (rfc9068 ? undefined : (payload['azp'] ?? ''))
  if (rfc9068) textIn(payload, 'sub')
  if (typeof client !== 'string') throw invalidToken('client_id')
  if (sid !== undefined && typeof sid !== 'string') throw invalidToken('sid that is text')
  return {
    tenant,
    issuer,
    kid,
    jti: textIn(payload, 'jti'),
    ...(sid === undefined ? {} : { sid }),
    client,
    pv: 0,
    parties: [{ subject: { tenant, iss: subjects.iss, sub }, label: NO_LABEL }],
    claims: new Map([...claims].flatMap(([ours, theirs]) => valuesIn(payload, ours, theirs))),
    byTime: { issuedAtMs: Number(payload['iat']) * 1_000, marginMs },
  }
}

function textIn(payload: Readonly<Record<string, unknown>>, name: string): string {
  const { [name]: value } = payload
  if (typeof value === 'string' && value !== '' && value.length <= TEXT_MAX) return value
  throw invalidToken('sub and jti that are text')
}

function valuesIn(
  payload: Readonly<Record<string, unknown>>,
  ours: string,
  theirs: string,
): readonly (readonly [string, readonly ClaimValue[]])[] {
  if (!Object.hasOwn(payload, theirs)) return []
  const { [theirs]: value } = payload
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!values.every(isValue)) throw invalidToken('claims that are values, or lists of them')
  return [[ours, values]]
}

function isValue(value: unknown): value is ClaimValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

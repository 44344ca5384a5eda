import { generateKey as generateSecret, type JsonWebKey } from 'node:crypto'
import { promisify } from 'node:util'
import { FreshetError, type TimedKey } from '@freshet/protocol'
import * as z from 'zod'
import { decodeBase64url } from './base64url.ts'
import { readJwks } from './jwks.ts'
import {
  importSigningKey,
  JWKS_KEYS_MAX,
  KID_FORM,
  type SignatureAlgorithm,
  type SigningKey,
  type VerifyKey,
} from './keys.ts'

/** A private key, and the time of its use. */
export type TimedSigningKey = SigningKey & TimedKey

/** A public key, and the time of its use. */
export type TimedVerifyKey = VerifyKey & TimedKey

/** A key of stamps (HMAC-SHA-256, 32 bytes), and the time of its use. */
export type TimedMacKey = TimedKey & { readonly key: Uint8Array }

/** A symmetric JWK of stamps (RFC 7518 §6.4). */
export type MacJwk = JsonWebKey & { readonly kid: string; readonly alg: 'HS256' }

/** A key of a set as written in the file, and the time of its use. */
export interface KeySetMember {
  readonly jwk: Readonly<Record<string, unknown>>
  readonly times: TimedKey
}

const MAC_BYTES = 32
const secretOf = promisify(generateSecret)
const seconds = z.int().min(0)

/** The registered JWK members for the time of a key's use (OpenID Federation 1.0, in seconds). */
const memberShape = z.looseObject({
  kid: z.string().regex(KID_FORM),
  iat: seconds.optional(),
  nbf: seconds.optional(),
  exp: seconds.optional(),
  revoked: z.looseObject({ revoked_at: seconds }).optional(),
})

/**
 * Reads the members of a key set: `{keys: […]}`, or one JWK alone, which is a set of one. `iat`: in the set
 * since; `nbf`: signs from; `exp`: published until; `revoked.revoked_at`: no longer accepted since.
 *
 * @throws `config.invalid` naming the rule, never a key
 */
export function readKeySet(json: unknown): readonly KeySetMember[] {
  const members: unknown = Object(json)['keys'] ?? [json]
  const set = z.array(memberShape).max(JWKS_KEYS_MAX).safeParse(members)
  if (!set.success)
    throw invalid('a member lacks kid, or its iat, nbf, exp or revoked is malformed')
  const found = set.data.map((jwk) => ({ jwk, times: timesOf(jwk) }))
  if (new Set(found.map(({ times }) => times.kid)).size < found.length)
    throw invalid('one kid is named twice')
  return found
}

/** Returns the private keys of a set, all for one algorithm. @throws `config.invalid` */
export function readSigningKeySet(
  json: unknown,
  alg: SignatureAlgorithm,
): readonly TimedSigningKey[] {
  return readKeySet(json).map(({ jwk, times }) => {
    const key = importSigningKey(jwk)
    if (key.alg !== alg) throw invalid(`key ${key.kid} is not one for ${alg}`)
    return { ...times, ...key }
  })
}

/** Returns the public halves of a set of our own: each member counts. @throws `config.invalid` */
export function readVerifyKeySet(json: unknown): readonly TimedVerifyKey[] {
  const members = readKeySet(json)
  const { keys, passedOver } = readJwks({ keys: members.map(({ jwk }) => jwk) })
  for (const { name, why } of passedOver) throw invalid(`${name}: ${why}`)
  return keys.flatMap((key, at) => ({ ...members[at]?.times, ...key }))
}

/** Returns the keys of stamps in a set. @throws `config.invalid` */
export function readMacKeySet(json: unknown): readonly TimedMacKey[] {
  return readKeySet(json).map(({ jwk, times }) => {
    const key = typeof jwk['k'] === 'string' ? decodeBase64url(jwk['k']) : undefined
    if (jwk['kty'] !== 'oct' || jwk['alg'] !== 'HS256' || key?.length !== MAC_BYTES)
      throw invalid(`key ${times.kid} is not a symmetric one of 32 bytes for HS256`)
    return { ...times, key }
  })
}

/** Returns a key set as JSON, with the times of each key in seconds. */
export function keySetJson(members: readonly KeySetMember[]): { readonly keys: readonly object[] } {
  return {
    keys: members.map(({ jwk, times }) => {
      const { iat: _iat, nbf: _nbf, exp: _exp, revoked: _revoked, ...rest } = jwk
      const { addedMs, signsFromMs, publishedUntilMs, revokedMs } = times
      return {
        ...rest,
        ...(addedMs !== undefined && { iat: Math.floor(addedMs / 1_000) }),
        ...(signsFromMs !== undefined && { nbf: Math.floor(signsFromMs / 1_000) }),
        ...(publishedUntilMs !== undefined && { exp: Math.floor(publishedUntilMs / 1_000) }),
        ...(revokedMs !== undefined && { revoked: { revoked_at: Math.floor(revokedMs / 1_000) } }),
      }
    }),
  }
}

/** Makes a key of stamps from the process's secure random source. Keep it in a file of mode 0600. */
export async function generateMacKey(kid: string): Promise<MacJwk> {
  const key = await secretOf('hmac', { length: MAC_BYTES * 8 })
  return { ...key.export({ format: 'jwk' }), kid, alg: 'HS256', use: 'sig' }
}

function timesOf({ kid, iat, nbf, exp, revoked }: z.infer<typeof memberShape>): TimedKey {
  return {
    kid,
    ...(iat !== undefined && { addedMs: iat * 1_000 }),
    ...(nbf !== undefined && { signsFromMs: nbf * 1_000 }),
    ...(exp !== undefined && { publishedUntilMs: exp * 1_000 }),
    ...(revoked !== undefined && { revokedMs: revoked.revoked_at * 1_000 }),
  }
}

function invalid(rule: string): FreshetError {
  return new FreshetError('config.invalid', `The key set cannot be used: ${rule}.`)
}

import { verify } from 'node:crypto'
import type { VerifyKey } from '@freshet/events'
import { readCompact } from './compact-token.ts'
import { invalidToken } from './invalid-token.ts'
import { readClaims, type Expected } from './read-claims.ts'
import { VerifiedToken } from './token-claims.ts'

/** A key by its id: at once, or after one fetch where it may be new. */
export type FindKey = (kid: string) => VerifyKey | undefined | Promise<VerifyKey | undefined>

/**
 * Verifies form, signature and registered claims of an access token.
 *
 * The signature is checked by Node itself, synchronously: two and a half times as fast as a
 * round through WebCrypto, and the work is too short to be worth another thread.
 *
 * @throws `token.invalid` naming the rule
 */
export async function verifyToken(
  jwt: string,
  findKey: FindKey,
  expected: Expected,
): Promise<VerifiedToken> {
  const compact = readCompact(jwt)
  const key = await findKey(compact.kid)
  if (key === undefined || key.alg !== 'ES256') throw invalidToken('a kid of the issuer')
  const options = { key: key.key, dsaEncoding: 'ieee-p1363' } as const
  if (!verify('sha256', compact.signed, options, compact.signature))
    throw invalidToken('a signature by the issuer')
  return new VerifiedToken(jwt, readClaims(compact.payload, compact.kid, expected))
}

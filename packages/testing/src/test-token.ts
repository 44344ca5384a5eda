import { encodeFreshetClaim, type SigningKey } from '@freshet/wire'
import type { TestSettings } from './test-settings.ts'
import { signToken } from './sign-token.ts'

/** The members of a token that differ from the defaults. */
export interface TestToken {
  /** Default `alice`. */
  readonly subject?: string
  /** Members of the payload, such as `{ groups: ['payments-approvers'] }`. They replace the others. */
  readonly claims?: Readonly<Record<string, unknown>>
  /** Default 300,000. */
  readonly lifeMs?: number
}

/** The facts of one minting. */
export interface Minting {
  readonly jti: string
  readonly nowMs: number
  /** The next offset of the change topic: the token includes all changes before it. */
  readonly next: bigint
  readonly key: SigningKey
}

/** The identity provider of every subject. */
export const TEST_IDP = 'https://idp.test'

const LIFE_MS = 300_000
const SECOND_MS = 1_000

/** Mints an access token in the form of an authority (RFC 9068). */
export function mintTestToken(
  { subject = 'alice', claims = {}, lifeMs = LIFE_MS }: TestToken,
  { issuer, audience, tenant }: TestSettings,
  { jti, nowMs, next, key }: Minting,
): string {
  const iat = Math.floor(nowMs / SECOND_MS)
  const payload = {
    iss: issuer,
    sub: subject,
    aud: audience,
    iat,
    exp: iat + Math.ceil(lifeMs / SECOND_MS),
    jti,
    client_id: 'test-client',
    freshet: encodeFreshetClaim({ e: 1n, s: next, c: next }, { pv: 1, tenant }, TEST_IDP),
    ...claims,
  }
  return signToken({ typ: 'at+jwt', alg: 'ES256', kid: key.kid }, payload, key)
}

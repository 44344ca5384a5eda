import { sha256Text } from './framing.ts'

/** What an issuance record says, as it is stored. */
export interface IssuanceFacts {
  readonly jti: string
  readonly tenant: string
  /** Subject key. */
  readonly subject: string
  readonly client: string
  readonly audience: string
  readonly kid: string
  readonly pv: number
  readonly registryHash: string
  readonly e: bigint
  readonly s: bigint
  readonly c: bigint
  readonly iatMs: number
  readonly expMs: number
  readonly claims: readonly string[]
  readonly claimsDigest: string
  /** Claims that the token leaves out, by the reason; absent as empty. */
  readonly over?: readonly string[]
  readonly omitted?: readonly string[]
  /** Milliseconds since 1970, by source. */
  readonly through: ReadonlyMap<string, number>
}

/**
 * What the audit keeps of an issuance record: SHA-256, base64url, over its facts behind a salt that is
 * stored in the record alone. With the record the salt goes, and then the digest tells nothing to
 * somebody who tries out subjects.
 */
export function issuanceDigest(facts: IssuanceFacts, salt: string): string {
  const { jti, tenant, subject, client, audience, kid, pv, registryHash } = facts
  const { e, s, c, iatMs, expMs, claims, claimsDigest, through } = facts
  const sources = [...through].sort(([a], [b]) => (a < b ? -1 : 1))
  const { over = [], omitted = [] } = facts
  // A record that leaves out nothing keeps the digest that it had before any could.
  const leftOut = over.length + omitted.length > 0 ? [over, omitted] : []
  const label = `${e} ${s} ${c}`
  return sha256Text(
    JSON.stringify([
      salt,
      jti,
      tenant,
      subject,
      client,
      audience,
      kid,
      pv,
      registryHash,
      label,
      iatMs,
      expMs,
      claims,
      claimsDigest,
      sources,
      ...leftOut,
    ]),
  )
}

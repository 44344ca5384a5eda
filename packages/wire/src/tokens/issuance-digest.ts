import { sha256Text } from '../keys/framing.ts'

/** The content of an issuance record, as it is stored. */
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
  /** Claims that the token leaves out, by the reason; absent means empty. */
  readonly over?: readonly string[]
  readonly omitted?: readonly string[]
  /** Milliseconds since 1970, by source. */
  readonly through: ReadonlyMap<string, number>
}

/**
 * Returns the digest of an issuance record that the audit keeps: SHA-256, base64url, over its facts and a
 * salt. Only the record stores the salt. If the record is deleted, the salt is too, and then trying out
 * subjects against the digest finds nothing.
 */
export function issuanceDigest(facts: IssuanceFacts, salt: string): string {
  const { jti, tenant, subject, client, audience, kid, pv, registryHash } = facts
  const { e, s, c, iatMs, expMs, claims, claimsDigest, through } = facts
  const sources = [...through].sort(([a], [b]) => (a < b ? -1 : 1))
  const { over = [], omitted = [] } = facts
  // A record that leaves out nothing keeps the digest of the time before records could leave out claims.
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

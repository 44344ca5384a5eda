import type { LedgerEntry } from '@freshet/insight'
import type { Statement } from '../connection/query.ts'

/** Tokens of a subject ($1), foreign ones too, that are outstanding at $2, newest first, at most $3. */
export const selectTokensOfSubject: Statement = {
  name: 'observatory-tokens-of-subject',
  text: `
    SELECT jti, subject, audience, client, iat_ms, exp_ms, claims,
           stale_at_ms, stale_reason, stale_source, stale_change, NULL AS issuer
    FROM token WHERE subject = $1 AND exp_ms > $2
    UNION ALL
    SELECT jti, subject, audience, client, iat_ms, exp_ms, claims,
           stale_at_ms, stale_reason, stale_source, stale_change, issuer
    FROM foreign_token WHERE subject = $1 AND exp_ms > $2
    ORDER BY iat_ms DESC
    LIMIT $3`,
}

/** A row of the statement. */
export interface LedgerRow {
  jti: string
  subject: string
  audience: string
  client: string
  iat_ms: bigint
  exp_ms: bigint
  claims: string[]
  stale_at_ms: bigint | null
  stale_reason: string | null
  stale_source: string | null
  stale_change: string | null
  /** The member is present for foreign tokens only. */
  issuer?: string | null
}

/** The row in the types of the port. */
export function toLedgerToken(row: LedgerRow): LedgerEntry {
  const { jti, subject, audience, client, claims } = row
  const stale =
    row.stale_at_ms === null
      ? null
      : {
          atMs: Number(row.stale_at_ms),
          reason: row.stale_reason ?? '',
          source: row.stale_source ?? '',
          change: row.stale_change ?? '',
        }
  const times = { iatMs: Number(row.iat_ms), expMs: Number(row.exp_ms) }
  const foreign = typeof row.issuer === 'string' ? { issuer: row.issuer } : {}
  return { jti, subject, audience, client, claims, ...times, stale, ...foreign }
}

import type { Statement } from '../query.ts'

/** A chunk is read along the key, because the table has no other order that all its partitions share. */
function markChunk(name: string, candidates: string, match: string): Statement {
  return {
    name,
    text: `
    WITH chunk AS (
      SELECT jti, exp_ms FROM token
      WHERE jti > $1 AND ${candidates}
      ORDER BY jti LIMIT $2),
    marked AS (
      UPDATE token t SET stale_at_ms = $3, stale_reason = $4, stale_source = $5, stale_change = $6
      FROM chunk
      WHERE t.jti = chunk.jti AND t.exp_ms = chunk.exp_ms AND t.stale_at_ms IS NULL
        AND t.tenant = $7 AND ${match}
      RETURNING 1)
    SELECT (SELECT max(jti) FROM chunk) AS last, (SELECT count(*) FROM chunk) AS seen,
      (SELECT count(*) FROM marked) AS marked`,
  }
}

const isBelow = '(t.e, t.c) < ($9::bigint, $10::bigint)'

/**
 * Marks one chunk of at most $2 rows after the cursor $1: stale at $3 for $4 (reason), $5 (source),
 * $6 (change), where the tenant is $7, the target is $8, and the label is below ($9, $10).
 */
export const markChunkOf: Readonly<Record<ChunkKind, Statement>> = {
  tenant: markChunk('mark-tenant', 'true', `t.tenant = $8::text AND ${isBelow}`),
  client: markChunk('mark-client', 'true', `t.client = $8::text AND ${isBelow}`),
  key: markChunk('mark-key', 'true', 't.kid = $8::text'),
  session: markChunk('mark-session', 'true', 't.sid = $8::text'),
  token: markChunk('mark-token', 'jti = $8::text', 'true'),
  issuer: markChunk('mark-issuer', 'true', '$8::text IS NOT NULL'),
}

type ChunkKind = 'tenant' | 'client' | 'key' | 'issuer' | 'session' | 'token'

/** What a chunk came to: a row of a {@link markChunkOf} statement. */
export interface ChunkRow {
  last: string | null
  seen: bigint
  marked: bigint
}

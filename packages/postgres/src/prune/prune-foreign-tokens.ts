import type { Statement } from '../connection/query.ts'

/** At most $2 foreign tokens that expired before $1. */
export const pruneForeignTokens: Statement = {
  name: 'prune-foreign-tokens',
  text: `
    WITH old AS (
      SELECT issuer, jti FROM foreign_token WHERE exp_ms < $1
      ORDER BY exp_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM foreign_token f USING old WHERE f.issuer = old.issuer AND f.jti = old.jti`,
}

import type { Statement } from '../connection/query.ts'

/** At most $2 issuances whose tokens expired before $1. */
export const pruneIssuances: Statement = {
  name: 'prune-issuances',
  text: `
    WITH old AS (
      SELECT jti FROM issuance WHERE exp_ms < $1
      ORDER BY exp_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM issuance i USING old WHERE i.jti = old.jti`,
}

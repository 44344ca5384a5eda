import type { Statement } from '../connection/query.ts'

/**
 * At most $2 watermarks of the partitions $3 that were raised before $1, partition by partition
 * because that is how they are indexed. A row that is being raised anew is passed over,
 * and one that was raised in between is kept: its time is compared again.
 */
export const pruneWatermarks: Statement = {
  name: 'prune-watermarks',
  text: `
    WITH old AS (
      SELECT scope_key FROM watermark WHERE partition = ANY($3::int[]) AND raised_at_ms < $1
      ORDER BY raised_at_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM watermark w USING old WHERE w.scope_key = old.scope_key AND w.raised_at_ms < $1`,
}

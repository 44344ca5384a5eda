import type { Statement } from '../connection/query.ts'

/**
 * Rows of a feed ($1, $2) with one of the ids ($3) or one of the sequences ($4). By a plan that was made
 * while the table was small it reads all of it, until that is analyzed. An empty list is passed as no list:
 * the planner finds that any partial index serves it, and takes one that reads all of the feed.
 */
export const selectStamps: Statement = {
  name: 'intake-select-stamps',
  planEach: true,
  text: `
    SELECT id, partition, number, sequence, content_hash, acknowledged, log_offset
    FROM stamp
    WHERE tenant = $1 AND source = $2 AND id = ANY ($3::text[]) AND cardinality($3) > 0
    UNION
    SELECT id, partition, number, sequence, content_hash, acknowledged, log_offset
    FROM stamp
    WHERE tenant = $1 AND source = $2 AND sequence = ANY ($4::bigint[])
      AND cardinality($4) > 0`,
}

import type { Statement } from '../query.ts'

/**
 * Rows of a feed ($1, $2) with one of the ids ($3) or one of the sequences ($4). By a plan that was
 * made while the feed was small it reads all of the feed, until the table is analyzed.
 */
export const selectStamps: Statement = {
  name: 'intake-select-stamps',
  planEach: true,
  text: `
    SELECT id, partition, number, sequence, content_hash, acknowledged, log_offset
    FROM stamp
    WHERE tenant = $1 AND source = $2 AND id = ANY ($3::text[])
    UNION
    SELECT id, partition, number, sequence, content_hash, acknowledged, log_offset
    FROM stamp
    WHERE tenant = $1 AND source = $2 AND sequence = ANY ($4::bigint[])`,
}

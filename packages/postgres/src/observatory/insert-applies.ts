import type { Statement } from '../query.ts'

/**
 * What an edge ($1) applied: partitions ($2), up to ($3), append times ($4), apply times ($5), by a report of
 * $6; since when the allows are complete that it was held against ($7).
 */
export const insertApplies: Statement = {
  name: 'observatory-insert-applies',
  text: `
    INSERT INTO edge_apply (edge, partition, up_to, appended_at_ms, applied_at_ms,
      reported_at_ms, allows_since_ms)
    SELECT $1, partition, up_to, appended_at_ms, applied_at_ms, $6, allows_since_ms
    FROM unnest($2::int[], $3::bigint[], $4::bigint[], $5::bigint[], $7::bigint[])
      AS apply (partition, up_to, appended_at_ms, applied_at_ms, allows_since_ms)
    ON CONFLICT DO NOTHING`,
}

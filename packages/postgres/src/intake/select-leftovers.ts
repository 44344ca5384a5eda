import type { Statement } from '../query.ts'

/** At most $2 feeds × partitions where a row has waited for more than $1 ms. */
export const selectLeftovers: Statement = {
  name: 'intake-select-leftovers',
  text: `
    SELECT tenant, source, partition
    FROM stamp
    WHERE NOT acknowledged AND headers IS NOT NULL
      AND created_at < clock_timestamp() - $1 * interval '1 millisecond'
    GROUP BY tenant, source, partition
    ORDER BY min(created_at) LIMIT $2`,
}

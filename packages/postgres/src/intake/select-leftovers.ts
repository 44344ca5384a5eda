import type { Statement } from '../query.ts'

/** At most $2 feeds × partitions where a record has waited for more than $1 ms. */
export const selectLeftovers: Statement = {
  name: 'intake-select-leftovers',
  text: `
    SELECT tenant, source, partition
    FROM waiting_record
    WHERE created_at < clock_timestamp() - $1 * interval '1 millisecond'
    GROUP BY tenant, source, partition
    ORDER BY min(created_at) LIMIT $2`,
}

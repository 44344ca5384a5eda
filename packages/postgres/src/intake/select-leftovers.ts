import type { Statement } from '../connection/query.ts'

/**
 * At most $3 feeds × partitions where a record has waited for more than $1 ms and, unless that is null, for less
 * than $2 ms. A time that is read once is a bound of the index by age, and the order makes the planner take that
 * index: by what it knows of an empty queue any other would serve.
 */
export const selectLeftovers: Statement = {
  name: 'intake-select-leftovers',
  text: `
    SELECT tenant, source, partition
    FROM (
      SELECT tenant, source, partition, created_at FROM waiting_record
      WHERE created_at < (SELECT clock_timestamp() - $1 * interval '1 millisecond')
        AND created_at > (
          SELECT coalesce(clock_timestamp() - $2 * interval '1 millisecond', '-infinity'))
      ORDER BY created_at OFFSET 0) AS waiting
    GROUP BY tenant, source, partition
    ORDER BY min(created_at) LIMIT $3`,
}

import type { Statement } from '../../connection/query.ts'

/**
 * Records to publish, numbered in the order given: topics ($1), partitions ($2), packed records ($3)
 * and the changes behind them ($4 tenant, $5 source, $6 id).
 */
export const insertOutbox: Statement = {
  name: 'recorder-insert-outbox',
  text: `
    INSERT INTO outbox (topic, partition, record, tenant, source, change)
    SELECT topic, partition, record, tenant, source, change
    FROM unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::text[], $6::text[])
      WITH ORDINALITY AS row (topic, partition, record, tenant, source, change, n)
    ORDER BY n`,
}

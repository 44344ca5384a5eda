import type { Statement } from '../query.ts'

/**
 * Records to publish, numbered in the order given: topics ($1), partitions ($2), keys ($3), values
 * ($4), headers ($5) and the changes behind them ($6 tenant, $7 source, $8 id).
 */
export const insertOutbox: Statement = {
  name: 'recorder-insert-outbox',
  text: `
    INSERT INTO outbox (topic, partition, key, value, headers, tenant, source, change)
    SELECT topic, partition, key, value, headers, tenant, source, change
    FROM unnest($1::text[], $2::int[], $3::bytea[], $4::bytea[], $5::jsonb[], $6::text[],
      $7::text[], $8::text[])
      WITH ORDINALITY AS row (topic, partition, key, value, headers, tenant, source, change, n)
    ORDER BY n`,
}

import type { Statement } from '../connection/query.ts'

/**
 * Stamps of a feed ($1, $2) with their records: ids ($3), partitions ($4), numbers ($5), sequences ($6),
 * content hashes ($7) and packed records ($8). An existing stamp stays unchanged and does not count: a caller
 * that finds fewer than it gave must roll back.
 */
export const insertStamps: Statement = {
  name: 'intake-insert-stamps',
  text: `
    WITH given AS MATERIALIZED (
      SELECT * FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::text[],
        $8::bytea[])
        AS row (id, partition, number, sequence, content_hash, record)
    ), waiting AS (
      INSERT INTO waiting_record (tenant, source, partition, number, id, sequence, record)
      SELECT $1, $2, partition, number, id, sequence, record FROM given
    )
    INSERT INTO stamp (tenant, source, id, partition, number, sequence, content_hash, acknowledged)
    SELECT $1, $2, id, partition, number, sequence, content_hash, false FROM given
    ON CONFLICT DO NOTHING`,
}

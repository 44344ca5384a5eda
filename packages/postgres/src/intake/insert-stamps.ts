import type { Statement } from '../query.ts'

/**
 * Stamps of a feed ($1, $2) with their records: ids ($3), partitions ($4), numbers ($5), sequences
 * ($6), content hashes ($7), keys ($8), values ($9) and headers ($10). A stamp that is there already
 * is left as it is, and counts as none: whoever finds fewer than it gave must roll back.
 */
export const insertStamps: Statement = {
  name: 'intake-insert-stamps',
  text: `
    WITH given AS MATERIALIZED (
      SELECT * FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::text[],
        $8::bytea[], $9::bytea[], $10::jsonb[])
        AS row (id, partition, number, sequence, content_hash, key, value, headers)
    ), waiting AS (
      INSERT INTO waiting_record (tenant, source, partition, number, id, sequence, key, value, headers)
      SELECT $1, $2, partition, number, id, sequence, key, value, headers FROM given
    )
    INSERT INTO stamp (tenant, source, id, partition, number, sequence, content_hash, acknowledged)
    SELECT $1, $2, id, partition, number, sequence, content_hash, false FROM given
    ON CONFLICT DO NOTHING`,
}

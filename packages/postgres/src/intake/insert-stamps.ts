import type { Statement } from '../query.ts'

/**
 * Stamps of a feed ($1, $2) with their records: ids ($3), partitions ($4), numbers ($5), sequences
 * ($6), content hashes ($7), keys ($8), values ($9) and headers ($10). A row that is there already
 * is left as it is.
 */
export const insertStamps: Statement = {
  name: 'intake-insert-stamps',
  text: `
    INSERT INTO stamp (tenant, source, id, partition, number, sequence, content_hash, key, value,
      headers, acknowledged)
    SELECT $1, $2, id, partition, number, sequence, content_hash, key, value, headers, false
    FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::text[], $8::bytea[],
      $9::bytea[], $10::jsonb[])
      AS row (id, partition, number, sequence, content_hash, key, value, headers)
    ON CONFLICT DO NOTHING`,
}

import type { Statement } from '../../connection/query.ts'

/**
 * Counts what was refused in a partition ($1) and keeps the latest $2 of each feed: tenants ($3),
 * sources ($4), counts ($5), lists with the newest first ($6).
 */
export const upsertRefusals: Statement = {
  name: 'recorder-upsert-refusals',
  text: `
    INSERT INTO feed_refusal AS f (tenant, source, partition, count, latest)
    SELECT tenant, source, $1, count, latest
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::jsonb[])
      AS row (tenant, source, count, latest)
    ON CONFLICT (tenant, source, partition) DO UPDATE SET count = f.count + excluded.count,
      latest = (
        SELECT jsonb_agg(one ORDER BY n)
        FROM jsonb_array_elements(excluded.latest || f.latest) WITH ORDINALITY AS x (one, n)
        WHERE n <= $2)`,
}

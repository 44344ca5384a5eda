import type { Statement } from '../../connection/query.ts'

/** A denial without a known end lasts longer than every denial with one. */
const endsLater = `(d.exp_ms < excluded.exp_ms OR (d.exp_ms IS NOT NULL AND excluded.exp_ms IS NULL))`
const later = (column: string): string =>
  `${column} = CASE WHEN ${endsLater} THEN excluded.${column} ELSE d.${column} END`

/**
 * Denials recorded at $1; of several of one target the one that ends last stands: keys ($2), tenants ($3),
 * kinds ($4), targets ($5), sources ($6), changes ($7), times ($8), ends of their tokens ($9), records ($10).
 */
export const upsertDenials: Statement = {
  name: 'recorder-upsert-denials',
  text: `
    INSERT INTO denial AS d (denial_key, tenant, kind, target, source, change, at_ms, exp_ms, record,
      recorded_at_ms)
    SELECT denial_key, tenant, kind, target, source, change, at_ms, exp_ms, record, $1
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
      $9::bigint[], $10::bytea[])
      AS row (denial_key, tenant, kind, target, source, change, at_ms, exp_ms, record)
    ON CONFLICT (denial_key) DO UPDATE SET
      ${['source', 'change', 'at_ms', 'record', 'exp_ms'].map(later).join(',\n      ')},
      recorded_at_ms = greatest(d.recorded_at_ms, excluded.recorded_at_ms)`,
}

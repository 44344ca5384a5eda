import type { Statement } from '../query.ts'

/** Denials; the first one of a target stands: keys, tenants, kinds, targets, sources, changes, times, records. */
export const insertDenials: Statement = {
  name: 'recorder-insert-denials',
  text: `
    INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms, record)
    SELECT denial_key, tenant, kind, target, source, change, at_ms, record
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
      $7::bigint[], $8::bytea[])
      AS row (denial_key, tenant, kind, target, source, change, at_ms, record)
    ON CONFLICT DO NOTHING`,
}

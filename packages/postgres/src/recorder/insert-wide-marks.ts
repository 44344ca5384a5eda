import type { Statement } from '../query.ts'

/** Wide changes to mark in the background: kinds, tenants, targets, e, positions, sources, changes. */
export const insertWideMarks: Statement = {
  name: 'recorder-insert-wide-marks',
  text: `
    INSERT INTO wide_mark (kind, tenant, target, e, position, source, change)
    SELECT kind, tenant, target, e, position, source, change
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[],
      $7::text[]) WITH ORDINALITY AS row (kind, tenant, target, e, position, source, change, n)
    ORDER BY n`,
}

import type { Statement } from '../../connection/query.ts'

/**
 * Marks to make after the commit, of a partition ($1), by changes that were applied at $2: kinds, tenants,
 * targets, claims, e, positions, reasons, sources and changes ($3 to $11), in the order of the changes.
 */
export const insertMarks: Statement = {
  name: 'recorder-insert-marks',
  text: `
    INSERT INTO token_mark (partition, at_ms, kind, tenant, target, claim, e, position, reason,
      source, change, wide)
    SELECT $1, $2, kind, tenant, target, claim, e, position, reason, source, change,
      kind IN ('tenant', 'client', 'key', 'issuer')
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
      $9::text[], $10::text[], $11::text[]) WITH ORDINALITY
      AS row (kind, tenant, target, claim, e, position, reason, source, change, n)
    ORDER BY n`,
}

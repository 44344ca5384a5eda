import type { Statement } from '../../connection/query.ts'

/** Withdrawn values of claims, by tenant ($1) and claim ($2). */
export const selectWithdrawn: Statement = {
  name: 'recorder-select-withdrawn',
  text: `
    SELECT w.tenant, w.claim, w.value, w.epoch, w.n
    FROM unnest($1::text[], $2::text[]) AS asked (tenant, claim)
    JOIN withdrawn_value w ON w.tenant = asked.tenant AND w.claim = asked.claim`,
}

/** Tombstones of values, merged by version (rule 6): tenants, claims, values, versions, times. */
export const upsertWithdrawn: Statement = {
  name: 'recorder-upsert-withdrawn',
  text: `
    INSERT INTO withdrawn_value AS w (tenant, claim, value, epoch, n, at_ms)
    SELECT tenant, claim, value, epoch, n, at_ms
    FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])
      AS row (tenant, claim, value, epoch, n, at_ms)
    ON CONFLICT (tenant, claim, value) DO UPDATE
      SET epoch = excluded.epoch, n = excluded.n, at_ms = excluded.at_ms
      WHERE (w.epoch, w.n) < (excluded.epoch, excluded.n)`,
}

/** Removes the tombstones of claims ($1) that belong to another source from now on. */
export const deleteWithdrawn: Statement = {
  name: 'recorder-delete-withdrawn',
  text: `DELETE FROM withdrawn_value WHERE claim = ANY($1::text[])`,
}

/** A row of {@link selectWithdrawn}. */
export interface WithdrawnRow {
  tenant: string
  claim: string
  value: string
  epoch: bigint
  n: bigint
}

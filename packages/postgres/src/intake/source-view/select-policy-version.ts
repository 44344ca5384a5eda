import type { Statement } from '../../connection/query.ts'

/** The newest policy version that was announced by feed ($1, $2), recorded or is active. */
export const selectPolicyVersion: Statement = {
  name: 'intake-select-policy-version',
  text: `
    SELECT greatest(
      (SELECT max(sequence) FROM stamp WHERE tenant = $1 AND source = $2),
      (SELECT max(pv) FROM registry_version),
      (SELECT max(active_pv) FROM progress),
      0
    ) AS version`,
}

import type { Statement } from '../query.ts'

/** Per edge its first apply beyond the offset $2 of partition $1. */
export const selectApplies: Statement = {
  name: 'observatory-applies',
  text: `
    SELECT DISTINCT ON (edge) edge, up_to, appended_at_ms, applied_at_ms
    FROM edge_apply
    WHERE partition = $1 AND up_to > $2
    ORDER BY edge, up_to`,
}

/** A row of the statement. */
export interface ApplyRow {
  edge: string
  up_to: bigint
  appended_at_ms: bigint
  applied_at_ms: bigint
}

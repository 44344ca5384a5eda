import type { EdgeApply } from '@freshet/observatory'
import type { Statement } from '../query.ts'

/** Of rows of one edge, or of one group: which of those beyond an offset tells of it. */
export const FIRST_APPLY = `CASE WHEN a.from_offset IS NULL THEN a.up_to ELSE -a.applied_at_ms END`

/** Per edge its first apply beyond the offset $2 of partition $1; per group that of its last edge. */
export const selectApplies: Statement = {
  name: 'observatory-applies',
  text: `
    SELECT DISTINCT ON (edge) edge, up_to, appended_at_ms, applied_at_ms, reported_at_ms,
      allows_since_ms
    FROM edge_apply a
    WHERE partition = $1 AND up_to > $2 AND (from_offset IS NULL OR from_offset <= $2)
    ORDER BY edge, ${FIRST_APPLY}`,
}

/** A row of the statement. */
export interface ApplyRow {
  edge: string
  up_to: bigint
  appended_at_ms: bigint
  applied_at_ms: bigint
  reported_at_ms: bigint | null
  allows_since_ms: bigint | null
}

/** The row in the words of the port. */
export function toEdgeApply(row: ApplyRow): EdgeApply {
  return {
    edge: row.edge,
    upTo: row.up_to,
    appendedAtMs: Number(row.appended_at_ms),
    appliedAtMs: Number(row.applied_at_ms),
    reportedAtMs: row.reported_at_ms === null ? null : Number(row.reported_at_ms),
    ...(row.allows_since_ms === null ? {} : { allowsSinceMs: Number(row.allows_since_ms) }),
  }
}

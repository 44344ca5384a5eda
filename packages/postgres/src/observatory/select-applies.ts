import type { RecordedApply } from '@freshet/insight'
import type { Statement } from '../connection/query.ts'

const COLUMNS = `edge, up_to, appended_at_ms, applied_at_ms, reported_at_ms, allows_since_ms`

/**
 * The first apply of each edge beyond the offset $2 of partition $1. An edge is looked up by its name, one
 * after the other, since thousands of applies may follow the one that is asked for.
 */
export const selectApplies: Statement = {
  name: 'observatory-applies',
  text: `
    WITH RECURSIVE known AS (
      (SELECT edge FROM edge_apply WHERE partition = $1 ORDER BY edge LIMIT 1)
      UNION ALL
      SELECT (SELECT a.edge FROM edge_apply a
              WHERE a.partition = $1 AND a.edge > known.edge ORDER BY a.edge LIMIT 1)
      FROM known WHERE known.edge IS NOT NULL)
    SELECT ${COLUMNS} FROM (
      SELECT f.* FROM known CROSS JOIN LATERAL (
        SELECT ${COLUMNS}, from_offset FROM edge_apply a
        WHERE a.partition = $1 AND a.edge = known.edge AND a.up_to > $2
        ORDER BY a.up_to LIMIT 1) f
      WHERE f.from_offset IS NULL) first
    ORDER BY edge`,
}

/** The apply of each group's last edge beyond the offset $2 of partition $1. */
export const selectGroupApplies: Statement = {
  name: 'observatory-group-applies',
  text: `
    SELECT DISTINCT ON (edge) ${COLUMNS} FROM edge_apply a
    WHERE a.partition = $1 AND a.up_to > $2 AND a.from_offset <= $2
    ORDER BY edge, -a.applied_at_ms`,
}

/** The last $3 applies of edge $1 in any of the partitions $2, by its clock the newest first. */
export const selectLatestApplies: Statement = {
  name: 'observatory-latest-applies',
  text: `
    SELECT a.* FROM unnest($2::int[]) AS p (partition) CROSS JOIN LATERAL (
      SELECT partition, ${COLUMNS} FROM edge_apply
      WHERE partition = p.partition AND edge = $1 ORDER BY up_to DESC LIMIT $3) a
    ORDER BY a.applied_at_ms DESC LIMIT $3`,
}

/** A row of the statements. */
export interface ApplyRow {
  edge: string
  up_to: bigint
  appended_at_ms: bigint
  applied_at_ms: bigint
  reported_at_ms: bigint | null
  allows_since_ms: bigint | null
}

/** The row in the types of the port. */
export function toEdgeApply(row: ApplyRow): RecordedApply {
  return {
    edge: row.edge,
    upTo: row.up_to,
    appendedAtMs: Number(row.appended_at_ms),
    appliedAtMs: Number(row.applied_at_ms),
    reportedAtMs: row.reported_at_ms === null ? null : Number(row.reported_at_ms),
    ...(row.allows_since_ms === null ? {} : { allowsSinceMs: Number(row.allows_since_ms) }),
  }
}

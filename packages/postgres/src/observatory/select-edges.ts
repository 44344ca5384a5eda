import type { KnownEdge } from '@freshet/observatory'
import type { Statement } from '../query.ts'

/** Edges that reported at or after $1, by name, at most $2. */
export const selectEdges: Statement = {
  name: 'observatory-edges',
  text: `
    SELECT edge, audience, version, state, reported_at_ms, live_since_ms, partitions
    FROM edge WHERE reported_at_ms >= $1 ORDER BY edge LIMIT $2`,
}

/** A row of the statement. */
export interface EdgeRow {
  edge: string
  audience: string
  version: string
  state: KnownEdge['state']
  reported_at_ms: bigint
  live_since_ms: bigint | null
  partitions: readonly StoredPartition[]
}

/** A partition as the JSON column keeps it. */
export interface StoredPartition {
  readonly partition: number
  readonly applied: string
  readonly viewAgeMs: number | null
}

/** The row in the words of the port. */
export function toKnownEdge(row: EdgeRow): KnownEdge {
  const { edge, audience, version, state } = row
  const partitions = row.partitions.map((stored) => ({
    ...stored,
    applied: BigInt(stored.applied),
  }))
  const liveSinceMs = row.live_since_ms === null ? null : Number(row.live_since_ms)
  const reportedAtMs = Number(row.reported_at_ms)
  return { edge, audience, version, state, reportedAtMs, liveSinceMs, partitions }
}

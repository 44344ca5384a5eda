import type { KnownEdge } from '@freshet/insight'
import { COUNTED_EDGES_MAX, type ReportSigner } from '@freshet/protocol/slo'
import type { UnverifiedSources } from '@freshet/wire'
import type { Queryable, Statement } from '../connection/query.ts'

/** Edges that reported at or after $1, at most $2: those that are live first, by name. */
export const selectEdges: Statement = {
  name: 'observatory-edges',
  text: `
    SELECT edge, audience, version, state, reported_at_ms, live_since_ms, partitions,
      signed_by, signed_kid, unverified
    FROM edge WHERE reported_at_ms >= $1 ORDER BY live_since_ms IS NULL, edge LIMIT $2`,
}

/** The number of live edges with a report at or after $1. */
const countLiveEdges: Statement = {
  name: 'observatory-count-live-edges',
  text: `
    SELECT count(*) AS edges FROM edge WHERE reported_at_ms >= $1 AND live_since_ms IS NOT NULL`,
}

/** The number of live edges beyond those that are counted. */
export async function uncountedEdges(db: Queryable, sinceMs: number): Promise<number> {
  const { rows } = await db.query<{ edges: bigint }>(countLiveEdges, [sinceMs])
  return Math.max(0, Number(rows[0]?.edges ?? 0) - COUNTED_EDGES_MAX)
}

/** A row of the statement. */
export interface EdgeRow extends SignerColumns {
  edge: string
  audience: string
  version: string
  state: KnownEdge['state']
  reported_at_ms: bigint
  live_since_ms: bigint | null
  partitions: readonly StoredPartition[]
  unverified: StoredUnverified | null
}

/** The unverified sources as the JSON column keeps them, with the time of their report. */
export interface StoredUnverified extends UnverifiedSources {
  readonly atMs: number
}

/** The signer of the last report. Both are null where the report is not signed. */
export interface SignerColumns {
  signed_by: string | null
  signed_kid: string | null
}

/** The signer in the types of the port. */
export function signerIn({ signed_by, signed_kid }: SignerColumns): ReportSigner | null {
  return signed_by === null || signed_kid === null ? null : { client: signed_by, kid: signed_kid }
}

/** A partition as the JSON column keeps it. */
export interface StoredPartition {
  readonly partition: number
  readonly applied: string
  readonly viewAgeMs: number | null
}

/** The row in the types of the port. */
export function toKnownEdge(row: EdgeRow): KnownEdge {
  const { edge, audience, version, state } = row
  const partitions = row.partitions.map((stored) => ({
    ...stored,
    applied: BigInt(stored.applied),
  }))
  const liveSinceMs = row.live_since_ms === null ? null : Number(row.live_since_ms)
  const reportedAtMs = Number(row.reported_at_ms)
  const signer = signerIn(row)
  const known = { edge, audience, version, state, reportedAtMs, liveSinceMs, signer, partitions }
  // A console of an earlier build stores a later report without them: they are not of that report.
  if (row.unverified?.atMs !== reportedAtMs) return known
  const { atMs: _atMs, ...unverified } = row.unverified
  return { ...known, unverified }
}

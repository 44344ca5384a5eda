import { CONTROL_PARTITION } from '@freshet/domain'
import type { EdgeApply, KnownEdge, LoggedChange } from '../observatory-store.ts'

/** A report within so long of a revocation still tells when it was applied, closely enough. */
const PASSED_WITHIN_MS = 60_000

/**
 * How a change stands at one edge. `applied`: it refuses by the change. `closed`: it provably refuses
 * whatever rests on its view. `serving`: neither, as far as is known. `unknown`: it has applied the change,
 * and when was never read.
 */
export interface EdgeReach {
  readonly edge: string
  /** Edges that it is said of: one, or those of a group. */
  readonly edges: number
  readonly how: 'applied' | 'closed' | 'serving' | 'unknown'
  /** Since when, by the broker's clock; `null` while it is serving, or unknown. */
  readonly atMs: number | null
  /** The edge's clock said that it applied before the broker had the revocation. */
  readonly isSkewed: boolean
}

/** A change whose revocation is on the topic. */
export interface PublishedChange extends Pick<LoggedChange, 'partition' | 'appendedAtMs'> {
  readonly publishedAtMs: number
  readonly revocationOffset: bigint
}

/** By when, and with what knowledge, it is told how edges stand. */
export interface ReachTerms {
  /** Every report that was appended before is known. */
  readonly asOfMs: number
  /** An edge that hears no heartbeat for longer calls nothing fresh. */
  readonly leaseMs: number
}

/**
 * Whether an edge counts for a change: it had told that it is live before the revocation was there. One
 * that became live later has applied it by then, and one that is starting or closing answers nothing
 * from its view.
 */
export function countsFor(
  { liveSinceMs }: Pick<KnownEdge, 'liveSinceMs'>,
  { publishedAtMs }: Pick<PublishedChange, 'publishedAtMs'>,
): boolean {
  return liveSinceMs !== null && liveSinceMs <= publishedAtMs
}

/** How a change stands at an edge that counts for it, given its first apply beyond the change. */
export function reachOf(
  change: PublishedChange,
  edge: KnownEdge,
  apply: EdgeApply | undefined,
  terms: ReachTerms,
): EdgeReach {
  const { edge: name, group } = edge
  const edges = group?.edges ?? 1
  // The last apply of a group tells of those alone that have passed.
  if (apply !== undefined && (edge.group === undefined || hasPassed(change, edge))) {
    const isSkewed = apply.appliedAtMs < apply.appendedAtMs
    return { edge: name, edges, how: 'applied', atMs: appliedAt(apply), isSkewed }
  }
  if (hasPassed(change, edge)) return passed(change, edge)
  const closesAtMs = closesAt(change, edge, terms.leaseMs)
  return closesAtMs <= terms.asOfMs
    ? { edge: name, edges, how: 'closed', atMs: closesAtMs, isSkewed: false }
    : { edge: name, edges, how: 'serving', atMs: null, isSkewed: false }
}

/** An edge's clock is not believed beyond what the broker saw: not before the batch, not after the report. */
function appliedAt({ appendedAtMs, appliedAtMs, reportedAtMs }: EdgeApply): number {
  const latestMs = reportedAtMs ?? Number.POSITIVE_INFINITY
  return Math.max(appendedAtMs, Math.min(appliedAtMs, latestMs))
}

/** Whether it has read beyond a revocation; of a group, whether every edge of it has. */
export function hasPassed(
  { partition, revocationOffset }: Pick<PublishedChange, 'partition' | 'revocationOffset'>,
  { partitions }: KnownEdge,
): boolean {
  const own = partitions.find((view) => view.partition === partition)
  return own !== undefined && own.applied > revocationOffset
}

/**
 * The report that told of the apply was lost, and a later one stands behind the change. One that came
 * soon bounds the time from above; after an outage of whoever measures, the time is not known.
 */
function passed(
  { publishedAtMs }: PublishedChange,
  { edge, group, reportedAtMs }: KnownEdge,
): EdgeReach {
  const edges = group?.edges ?? 1
  const isSoon = reportedAtMs - publishedAtMs <= PASSED_WITHIN_MS
  return isSoon
    ? { edge, edges, how: 'applied', atMs: reportedAtMs, isSkewed: false }
    : { edge, edges, how: 'unknown', atMs: null, isSkewed: false }
}

/**
 * When the view that an edge told of runs out. Had it heard a heartbeat since, it would have applied the
 * change with it; that it hears and cannot report is not seen here.
 */
function closesAt({ partition }: PublishedChange, edge: KnownEdge, leaseMs: number): number {
  let heardMs = edge.reportedAtMs
  for (const view of edge.partitions) {
    if (view.partition !== partition && view.partition !== CONTROL_PARTITION) continue
    if (view.viewAgeMs === null) return Number.NEGATIVE_INFINITY
    heardMs = Math.min(heardMs, edge.reportedAtMs - view.viewAgeMs)
  }
  return heardMs + leaseMs
}

import { CONTROL_PARTITION } from '@freshet/protocol'
import type { LoggedChange } from '../changes/logged-change.ts'
import type { RecordedApply, KnownEdge } from '../observatory-store.ts'

/** A report within this time of a revocation still shows the apply time closely enough. */
const PASSED_WITHIN_MS = 60_000

/**
 * The state of a change at one edge. `applied`: it refuses by the change. `closed`: it provably refuses
 * whatever rests on its view. `serving`: neither, as far as is known. `unknown`: it has applied the change,
 * and when was never read.
 */
export interface EdgeReach {
  readonly edge: string
  /** The number of edges: one, or those of a group. */
  readonly edges: number
  readonly how: 'applied' | 'closed' | 'serving' | 'unknown'
  /** Since when, by the broker's clock; `null` while it is serving, or unknown. */
  readonly atMs: number | null
  /** True if the edge's clock had the apply before the broker had the revocation. */
  readonly isSkewed: boolean
}

/** A change whose revocation is on the topic. */
export interface PublishedChange extends Pick<LoggedChange, 'partition' | 'appendedAtMs'> {
  readonly publishedAtMs: number
  readonly revocationOffset: bigint
}

/** The time and the knowledge of the result. */
export interface ReachTerms {
  /** Every report that was appended before is known. */
  readonly asOfMs: number
  /** An edge without a heartbeat for longer calls nothing fresh. */
  readonly leaseMs: number
}

/**
 * Returns whether an edge counts for a change: its report before the revocation was live. One that became
 * live later has applied it by then, and one that is starting or closing answers nothing from its view.
 */
export function countsFor(
  { liveSinceMs }: Pick<KnownEdge, 'liveSinceMs'>,
  { publishedAtMs }: Pick<PublishedChange, 'publishedAtMs'>,
): boolean {
  return liveSinceMs !== null && liveSinceMs <= publishedAtMs
}

/** The state of a change at an edge that counts for it, given its first apply beyond the change. */
export function reachOf(
  change: PublishedChange,
  edge: KnownEdge,
  apply: RecordedApply | undefined,
  terms: ReachTerms,
): EdgeReach {
  const { edge: name, group } = edge
  const edges = group?.edges ?? 1
  // The last apply of a group covers only the edges that have passed.
  if (apply !== undefined && (edge.group === undefined || hasPassed(change, edge))) {
    const isSkewed = apply.appliedAtMs < apply.appendedAtMs
    return { edge: name, edges, how: 'applied', atMs: publishedApplyMs(apply), isSkewed }
  }
  if (hasPassed(change, edge)) return passed(change, edge)
  const closesAtMs = closesAt(change, edge, terms.leaseMs)
  return closesAtMs <= terms.asOfMs
    ? { edge: name, edges, how: 'closed', atMs: closesAtMs, isSkewed: false }
    : { edge: name, edges, how: 'serving', atMs: null, isSkewed: false }
}

/**
 * The time of an apply. An edge's clock is not believed beyond what the broker saw: not before the batch, not after the
 * report.
 */
export function publishedApplyMs({
  appendedAtMs,
  appliedAtMs,
  reportedAtMs,
}: RecordedApply): number {
  const latestMs = reportedAtMs ?? Number.POSITIVE_INFINITY
  return Math.max(appendedAtMs, Math.min(appliedAtMs, latestMs))
}

/** Returns whether it has read beyond a revocation; for a group, whether every edge of it has. */
export function hasPassed(
  { partition, revocationOffset }: Pick<PublishedChange, 'partition' | 'revocationOffset'>,
  { partitions }: KnownEdge,
): boolean {
  const own = partitions.find((view) => view.partition === partition)
  return own !== undefined && own.applied > revocationOffset
}

/**
 * The report with the apply was lost, and a later one is behind the change. An early one bounds the time from
 * above; after an outage of the console, the time is unknown.
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
 * The time at which the reported view of an edge runs out. A heartbeat since then would have applied the
 * change with it. An edge that reads and cannot report is not visible here.
 */
function closesAt({ partition }: PublishedChange, edge: KnownEdge, leaseMs: number): number {
  let viewAtMs = edge.reportedAtMs
  for (const view of edge.partitions) {
    if (view.partition !== partition && view.partition !== CONTROL_PARTITION) continue
    if (view.viewAgeMs === null) return Number.NEGATIVE_INFINITY
    viewAtMs = Math.min(viewAtMs, edge.reportedAtMs - view.viewAgeMs)
  }
  return viewAtMs + leaseMs
}

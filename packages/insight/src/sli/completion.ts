import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import { appliesAs, isOfGroups } from '../edges/edge-groups.ts'
import type { LoggedChange } from '../changes/logged-change.ts'
import type { RecordedApply, KnownEdge } from '../observatory-store.ts'
import {
  countsFor,
  reachOf,
  type EdgeReach,
  type PublishedChange,
  type ReachTerms,
} from './edge-reach.ts'

/** A change that is not complete so long after its append is counted as never. */
export const COMPLETE_WITHIN_MS = 900_000

/** The progress of a change. */
export interface Completion {
  /** `open`: some edge may still serve what it took away. `never`: at the deadline it was so. */
  readonly state: 'open' | 'complete' | 'never'
  /** From the change's append until no edge that counts served any more; `null` unless complete. */
  readonly completeMs: number | null
  /** The reach of the edges that count, without those whose apply time was never read. */
  readonly reaches: readonly EdgeReach[]
  /**
   * True if the time is an upper bound, from the last edge of a group; there were too many edges to report
   * each.
   */
  readonly isUpperBound: boolean
}

/** The known data of a change at its measurement. `leaseMs` is of the change: see `closingLeaseMs`. */
export interface Known extends ReachTerms {
  readonly edges: readonly KnownEdge[]
  /** The applies of this change: for each edge its first apply beyond it. */
  readonly applies: readonly RecordedApply[]
  /** Edges that are not counted: their apply times are unknown. */
  readonly uncounted: number
}

/** Returns the progress of a change at every edge that counts for it. */
export function completionOf(change: LoggedChange, known: Known): Completion {
  const isOver = known.asOfMs - change.appendedAtMs >= COMPLETE_WITHIN_MS
  const undone = isOver ? 'never' : 'open'
  const isUpperBound = isOfGroups(known.edges)
  const published = publishedOf(change)
  if (published === undefined) return { state: undone, completeMs: null, reaches: [], isUpperBound }
  const byEdge = new Map(known.applies.map((apply) => [apply.edge, apply]))
  const reaches = known.edges
    .filter((edge) => countsFor(edge, published))
    .map((edge) => reachOf(published, edge, byEdge.get(appliesAs(edge)), known))
    .filter(({ how }) => how !== 'unknown')
  if (reaches.some(({ how }) => how === 'serving'))
    return { state: undone, completeMs: null, reaches, isUpperBound }
  const completeMs = Math.max(
    ...reaches.map((reach) => takenMs(published, reach)),
    waitedMs(published),
  )
  if (known.uncounted > 0) {
    const all = [...reaches, notCounted(known.uncounted)]
    return { state: 'never', completeMs: null, reaches: all, isUpperBound }
  }
  return isTooLate(completeMs)
    ? { state: 'never', completeMs: null, reaches, isUpperBound }
    : { state: 'complete', completeMs, reaches, isUpperBound }
}

/**
 * As far as is known they still serve the removed right: a change is not complete only because no report
 * contradicts it.
 */
function notCounted(edges: number): EdgeReach {
  const edge = `${edges} more than the ${COUNTED_EDGES_MAX} edges that are counted`
  return { edge, edges, how: 'serving', atMs: null, isSkewed: false }
}

/** From the change's append until an edge refused by it, or refused all; never negative. */
export function takenMs(change: PublishedChange, { atMs }: EdgeReach): number {
  return Math.max(0, (atMs ?? Number.POSITIVE_INFINITY) - change.appendedAtMs, waitedMs(change))
}

/** The change with its revocation; `undefined` while there is none. */
export function publishedOf(change: LoggedChange): (LoggedChange & PublishedChange) | undefined {
  const { publishedAtMs, revocationOffset } = change
  if (publishedAtMs === null || revocationOffset === null) return undefined
  return { ...change, publishedAtMs, revocationOffset }
}

/** No edge can apply a change before its revocation is published. */
function waitedMs({ publishedAtMs, appendedAtMs }: PublishedChange): number {
  return Math.max(0, publishedAtMs - appendedAtMs)
}

function isTooLate(completeMs: number): boolean {
  return completeMs >= COMPLETE_WITHIN_MS
}

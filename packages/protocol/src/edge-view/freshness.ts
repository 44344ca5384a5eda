import type { Trust } from '../judge/knowledge.ts'
import type { PartitionView } from './partition-view.ts'

/** The state of one source in one partition, for comparison with the two clocks of the edge. */
export interface FreshnessInput {
  readonly throughMs: number | null
  /** Time since `through` last grew, by the monotonic clock. */
  readonly receiptAgeMs: number
  readonly wallMs: number
  readonly leaseMs: number
  readonly toleranceMs: number
}

/**
 * Rule 16: `wall − lease ≤ through ≤ wall + tolerance`, and the receipt age within the lease.
 *
 * The tolerance is never added to the lease: it is the whole skew allowed between source and edge.
 */
export function isFresh(input: FreshnessInput): boolean {
  const { throughMs, receiptAgeMs, wallMs, leaseMs, toleranceMs } = input
  return (
    throughMs !== null &&
    throughMs >= wallMs - leaseMs &&
    throughMs <= wallMs + toleranceMs &&
    receiptAgeMs >= 0 &&
    receiptAgeMs <= leaseMs
  )
}

/** The edge's two clocks at the moment of judging, and how long a source's silence counts. */
export interface LeaseTerms {
  readonly wallMs: number
  readonly monoMs: number
  readonly leaseMs: number
  readonly toleranceMs: number
}

/**
 * Decides whether a source can be trusted in one partition: the answer that `judge` needs, once per partition
 * and source (rules 14 and 15). An edge that is not live trusts no source (rule 17).
 */
export function trustIn(
  view: PartitionView,
  feed: { readonly tenant: string; readonly source: string },
  terms: LeaseTerms,
): Trust {
  const known = view.source(feed.tenant, feed.source)
  if (known === undefined || known.atMs === null) return { fresh: false }
  const isWithinLease = isFresh({
    throughMs: known.atMs,
    receiptAgeMs: terms.monoMs - known.receivedAtMonoMs,
    wallMs: terms.wallMs,
    leaseMs: terms.leaseMs,
    toleranceMs: terms.toleranceMs,
  })
  return view.live && isWithinLease ? { fresh: true } : { fresh: false, sinceMs: known.atMs }
}

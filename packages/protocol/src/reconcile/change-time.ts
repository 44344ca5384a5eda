import type { RecordPlace } from './batch/arrival.ts'
import { policyOf, type Draft } from './draft.ts'

/**
 * The time of a change for tokens that are judged by time (rule 8): its commit by the source's clock, or its
 * append by the broker's, whichever is later. Of two clocks that are apart, the later one can only revoke too
 * much.
 */
export function changeTimeMs({ appendedAtMs }: RecordPlace, occurredAtMs: number): number {
  return Math.max(appendedAtMs, occurredAtMs)
}

/** The time as a revocation carries it: only where there are tokens that are judged by it. */
export function carriedTime(draft: Draft, timeMs: number): { readonly timeMs?: number } {
  return policyOf(draft).map.issuers === undefined ? {} : { timeMs }
}

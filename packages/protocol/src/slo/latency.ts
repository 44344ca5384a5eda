import { LATENCY_BUCKETS } from './slo.ts'

/** The number of events from which on a p99 is given. Of fewer, the slowest one is. */
export const P99_EVENTS_MIN = 20

/**
 * The stages in which a change that removes something spends its time, in their order; `complete` is from its
 * append to the last edge.
 */
export type LatencyStage = 'source' | 'ingest' | 'reconcile' | 'publish' | 'edge_apply' | 'complete'

/** All of them, in that order. */
export const LATENCY_STAGES: readonly LatencyStage[] = [
  'source',
  'ingest',
  'reconcile',
  'publish',
  'edge_apply',
  'complete',
]

/** Stands for what had not happened 15 min after the append: beyond every bound. */
export const NEVER_MS = 900_001

/**
 * Upper bounds of buckets, in whole milliseconds: times are whole ones, so up to 2.5 ms is up to 2 ms. Values
 * beyond the last bound have one more bucket.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = LATENCY_BUCKETS.map((bound) =>
  Math.floor(bound * 1_000),
)

/** The bucket of a time: from 0 to as many as there are bounds. */
export function latencyBucket(ms: number): number {
  const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => ms <= bound)
  return bucket < 0 ? LATENCY_BOUNDS_MS.length : bucket
}

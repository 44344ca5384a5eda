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

/**
 * The times of a change at each stage, each by the clock of the process that saw it, and its measurements.
 */
export interface ChangeTimes {
  readonly occurredAtMs: number
  readonly appendedAtMs: number
  readonly receivedAtMs: number
  readonly appliedAtMs: number
  /** `null`: it never was. */
  readonly publishedAtMs: number | null
  /** `null`: it never was complete. */
  readonly completeMs: number | null
  /** Edges that counted for it. */
  readonly edges: number
}

/**
 * The time that a change spent in each stage. Times between two clocks that are below zero count as none. A
 * change for which no edge counted has no edge time, only that it was never complete.
 */
export function stageTimes(change: ChangeTimes): readonly (readonly [LatencyStage, number])[] {
  const { occurredAtMs, appendedAtMs, receivedAtMs, appliedAtMs, publishedAtMs } = change
  const between = (from: number, to: number): number => Math.max(0, to - from)
  const own: readonly (readonly [LatencyStage, number])[] = [
    ['source', between(occurredAtMs, appendedAtMs)],
    ['ingest', between(appendedAtMs, receivedAtMs)],
    ['reconcile', between(receivedAtMs, appliedAtMs)],
  ]
  if (publishedAtMs === null) return [...own, ...lastStages(change, null)]
  const published = between(appendedAtMs, publishedAtMs)
  return [
    ...own,
    ['publish', between(appliedAtMs, publishedAtMs)],
    ...lastStages(change, published),
  ]
}

function lastStages(
  { completeMs, edges }: ChangeTimes,
  publishedMs: number | null,
): readonly (readonly [LatencyStage, number])[] {
  if (completeMs === null) {
    const never = ['complete', NEVER_MS] as const
    return publishedMs === null ? [never] : [['edge_apply', NEVER_MS], never]
  }
  if (edges === 0 || publishedMs === null) return []
  return [
    ['edge_apply', Math.max(0, completeMs - publishedMs)],
    ['complete', completeMs],
  ]
}

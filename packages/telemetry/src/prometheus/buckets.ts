import { LATENCY_BUCKETS } from '@freshet/protocol/slo'

/** 1 ms to 15 min, in seconds; every objective of an SLO is a boundary. */
export const TIME_BUCKETS: number[] = [...LATENCY_BUCKETS]

/** The numbers of tokens that one change can touch. */
export const FANOUT_BUCKETS: number[] = [0, 1, 2, 5, 10, 50, 100, 1_000, 10_000, 100_000]

const MS_PER_SECOND = 1_000

/** Metrics are in seconds, whatever we measure in. */
export function seconds(ms: number): number {
  return ms / MS_PER_SECOND
}

/** 1 ms to 15 min, in seconds; every objective of an SLO is a boundary. */
export const LATENCY_BUCKETS: number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 900,
]

/** How many tokens one change can touch. */
export const FANOUT_BUCKETS: number[] = [0, 1, 2, 5, 10, 50, 100, 1_000, 10_000, 100_000]

const MS_PER_SECOND = 1_000

/** Metrics are in seconds, whatever we measure in. */
export function seconds(ms: number): number {
  return ms / MS_PER_SECOND
}

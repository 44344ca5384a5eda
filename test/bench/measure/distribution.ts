/** The summary of many durations, in one unit. Percentiles are exact to three digits. */
export interface Distribution {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** The number of measured durations. */
  readonly n: number
  /** The value at each of {@link CURVE_PERCENTILES}, for plots. */
  readonly curve?: readonly number[]
}

/** The percentiles at which a curve has its points: closer to each other near the end. */
export const CURVE_PERCENTILES: readonly number[] = [
  0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97, 98, 99, 99.3, 99.5, 99.7, 99.8, 99.9,
  99.95, 99.98, 99.99, 100,
]

/** Returns the middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.')
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

/**
 * Returns one distribution for several repetitions: the median of each percentile, so that one disturbed
 * repetition does not decide. The maximum is the largest of all, so that it is not hidden.
 */
export function medianOf(runs: readonly Distribution[]): Distribution {
  const middle = (of: (run: Distribution) => number): number => median(runs.map(of))
  const curve = runs[0]?.curve?.map((_, point) => middle((run) => run.curve?.[point] ?? 0))
  return {
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
    p999: middle(({ p999 }) => p999),
    max: Math.max(...runs.map(({ max }) => max)),
    n: runs.reduce((sum, { n }) => sum + n, 0),
    ...(curve === undefined ? {} : { curve }),
  }
}

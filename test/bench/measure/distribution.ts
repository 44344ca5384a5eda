/** What is said of many durations, in one unit. Percentiles are exact to three digits. */
export interface Distribution {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  /** How many were measured. */
  readonly n: number
}

/** The middle one, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('There is no median of nothing.')
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

/**
 * One distribution for several repetitions: the median of each percentile, so that one disturbed
 * repetition does not decide, but the largest maximum, so that it is not hidden.
 */
export function medianOf(runs: readonly Distribution[]): Distribution {
  const middle = (of: (run: Distribution) => number): number => median(runs.map(of))
  return {
    p50: middle(({ p50 }) => p50),
    p99: middle(({ p99 }) => p99),
    p999: middle(({ p999 }) => p999),
    max: Math.max(...runs.map(({ max }) => max)),
    n: runs.reduce((sum, { n }) => sum + n, 0),
  }
}

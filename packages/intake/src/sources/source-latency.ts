/** The times of a source's events from the commit at the source to the append at the broker. */
export interface SourceLatency {
  readonly samples: number
  /** `null` if there is no sample. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** Events with a date after their arrival: the source's clock is ahead. They count as 0. */
  readonly aheadOfClock: number
}

/** Returns percentiles by nearest rank: each is the latency of some event. */
export function latencyOf(latenciesMs: readonly number[]): SourceLatency {
  const sorted = latenciesMs.map((ms) => Math.max(0, ms)).toSorted((a, b) => a - b)
  const rank = (share: number): number | null =>
    sorted[Math.ceil(sorted.length * share) - 1] ?? null
  return {
    samples: sorted.length,
    p50Ms: rank(0.5),
    p99Ms: rank(0.99),
    aheadOfClock: latenciesMs.filter((ms) => ms < 0).length,
  }
}

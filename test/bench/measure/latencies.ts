import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { CURVE_PERCENTILES, type Distribution } from './distribution.ts'

/** Longest duration that has a bucket of its own. */
const LONGEST_NS = 3_600_000_000_000

/** Nanoseconds in each unit of time. */
export const NS_PER = { µs: 1_000, ms: 1_000_000 } as const

/** Durations in an HdrHistogram (that of Node): constant memory, three digits. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({
    lowest: 1,
    highest: LONGEST_NS,
    figures: 3,
  })
  readonly #operations: number

  /** `operations`: the number of operations for each duration, if one alone is too short to measure. */
  constructor(operations = 1) {
    this.#operations = operations
  }

  record(durationNs: number): void {
    this.#histogram.record(Math.min(LONGEST_NS, Math.max(1, Math.round(durationNs))))
  }

  distribution(unit: keyof typeof NS_PER): Distribution {
    const scale = NS_PER[unit] * this.#operations
    const at = (percentile: number): number => this.#histogram.percentile(percentile) / scale
    const n = this.#histogram.count
    if (n === 0) throw new RangeError('Nothing was measured.')
    const max = this.#histogram.max / scale
    const min = this.#histogram.min / scale
    const curve = CURVE_PERCENTILES.map((p) => (p === 0 ? min : at(p)))
    return { p50: at(50), p99: at(99), p999: at(99.9), max, n, curve }
  }
}

/** Returns all of these durations in nanoseconds. */
export function latenciesOf(durationsNs: Float64Array): Latencies {
  const latencies = new Latencies()
  for (const durationNs of durationsNs) latencies.record(durationNs)
  return latencies
}

import type { LocalKafka } from '@freshet/local-kafka'
import type { LocalPostgres } from '@freshet/local-postgres'
import type { BenchClock } from './measure/clock.ts'
import type { Distribution } from './measure/distribution.ts'
import type { Result } from './report/result.ts'
import type { BenchChild } from './run/child.ts'

/** One metric. */
export interface Metric {
  /** Its name in results and on the command line. */
  readonly id: string
  readonly unit: 'µs' | 'ms' | '1/s' | 'MiB' | 'kB' | 'visits' | '%'
  /** The exact definition of the measurement, in one line. */
  readonly about: string
  /** The bound of the median: p50 if there are percentiles. */
  readonly target?: Bound
  /** The bounds of percentiles beyond the median. */
  readonly tail?: Readonly<Partial<Record<Tail, Bound>>>
  /** Other metrics of the same run that it is compared with: a floor below it, or a peer beside it. */
  readonly against?: readonly Comparison[]
  /** Draws its percentiles as a curve, in one plot with all others of this name. */
  readonly curve?: string
}

/** A percentile of the tail, by its name in results. */
export type Tail = 'p99' | 'p999'

/** A bound that is reported as met or missed. */
export interface Bound {
  readonly atMost?: number
  readonly atLeast?: number
}

/** A bound of the ratio to another metric; without one the ratio is only shown. */
export interface Comparison extends Bound {
  readonly id: string
  /** The percentile of both that is compared; default: the median. */
  readonly of?: Tail
}

/** The result of one repetition for a metric. */
export type Reading = Distribution | number

/** The results of every repetition, by metric. */
export type Readings = Readonly<Record<string, readonly Reading[]>>

/** A measurement: one file each. */
export interface Scenario {
  readonly metrics: readonly Metric[]
  /** A run without names leaves it out, because it takes too long. */
  readonly onlyNamed?: true
  /** A run measures only the parts of the scenario that it names. */
  readonly inParts?: true
  /** Returns a table of its own of the results, in Markdown. */
  readonly summary?: (results: readonly Result[]) => string
  /**
   * Measures every metric, each in several repetitions. Compared metrics take turns, so that a disturbance of
   * the machine affects all of them.
   */
  run(context: BenchContext): Promise<Readings>
}

/** The resources of a scenario. Everything that it starts here ends when the scenario ends. */
export interface BenchContext {
  readonly clock: BenchClock
  /** True for a run that takes under a minute for the whole scenario. */
  readonly quick: boolean
  readonly repetitions: number
  /** The share of the full size to which a scenario fills tables, if it does: 1 is the full size. */
  readonly scale: number
  /** Returns whether the run measures this metric, or the metrics below this id. */
  isWanted(id: string): boolean
  /** Aborts if the run is interrupted; for work that is started without this context. */
  readonly signal: AbortSignal
  /** Prints one line for people who wait. */
  progress(line: string): void
  /**
   * Returns a broker of its own, empty except for the topics of `infra/topics.yaml`; the same on every call.
   */
  kafka(): Promise<LocalKafka>
  /** Returns a Postgres of its own that fsyncs, without tables; the same on every call. */
  postgres(): Promise<LocalPostgres>
  /** Starts a module of the benchmark in a process of its own. */
  child(module: URL, argument: unknown): BenchChild
  /** Returns an empty folder. */
  tempDir(): Promise<string>
  /** Runs when the scenario ends, latest first. */
  defer(end: () => void | Promise<void>): void
}

/** Runs the repetitions of a scenario, each of which measures all of its metrics. */
export async function repeat(
  context: BenchContext,
  once: (repetition: number) => Promise<Readonly<Record<string, Reading>>>,
): Promise<Readings> {
  const readings: Record<string, Reading[]> = {}
  for (let repetition = 0; repetition < context.repetitions; repetition += 1) {
    context.progress(`repetition ${repetition + 1} of ${context.repetitions}`)
    for (const [id, reading] of Object.entries(await once(repetition)))
      (readings[id] ??= []).push(reading)
  }
  return readings
}

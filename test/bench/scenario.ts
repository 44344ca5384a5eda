import type { LocalKafka } from '@freshet/local-kafka'
import type { LocalPostgres } from '@freshet/local-postgres'
import type { BenchClock } from './measure/clock.ts'
import type { Distribution } from './measure/distribution.ts'
import type { BenchChild } from './run/child.ts'

/** One thing that is measured. */
export interface Metric {
  /** Its name in results and on the command line. */
  readonly id: string
  readonly unit: 'µs' | 'ms' | '1/s' | 'MiB' | 'kB' | 'visits' | 'series' | '%'
  /** What exactly is measured, in one line. */
  readonly about: string
  /** Of the median: p50 where there are percentiles. */
  readonly target?: Bound
  /** Of percentiles beyond the median. */
  readonly tail?: Readonly<Partial<Record<Tail, Bound>>>
  /** Others of the same run that it is compared with: a floor below it, or a peer beside it. */
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

/** What one repetition found of a metric. */
export type Reading = Distribution | number

/** What every repetition found, by metric. */
export type Readings = Readonly<Record<string, readonly Reading[]>>

/** A measurement: one file each. */
export interface Scenario {
  readonly metrics: readonly Metric[]
  /** A run without names leaves it out, because it takes too long. */
  readonly onlyNamed?: true
  /**
   * Measures every metric, each in several repetitions. Those that are compared take turns, so
   * that a disturbance of the machine meets all of them.
   *
   * @throws `SkippedError` where this machine lacks something that only this scenario needs
   */
  run(context: BenchContext): Promise<Readings>
}

/** What a scenario needs cannot be had here: it is left out, and the reason is printed. */
export class SkippedError extends Error {}

/** What a scenario works with. Whatever it starts here ends when the scenario ends. */
export interface BenchContext {
  readonly clock: BenchClock
  /** Under a minute for the whole scenario. */
  readonly quick: boolean
  readonly repetitions: number
  /** Part of the full size to which a scenario fills tables, where it does: 1 is the full size. */
  readonly scale: number
  /** Aborts when the run is interrupted; for what is started without this context. */
  readonly signal: AbortSignal
  /** One line for people who wait. */
  progress(line: string): void
  /** A broker of its own, empty but for the topics of `infra/topics.yaml`; the same on every call. */
  kafka(): Promise<LocalKafka>
  /** A Postgres of its own that fsyncs, without tables; the same on every call. */
  postgres(): Promise<LocalPostgres>
  /** Starts a module of the benchmark in a process of its own. */
  child(module: URL, argument: unknown): BenchChild
  /** An empty folder. */
  tempDir(): Promise<string>
  /** Runs when the scenario ends, latest first. */
  defer(end: () => void | Promise<void>): void
}

/** Runs the repetitions of a scenario whose every repetition measures all of its metrics. */
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

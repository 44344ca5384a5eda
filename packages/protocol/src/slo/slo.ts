/** Which measurement: S1 to S7, in that order. */
export type Sli =
  | 'change-complete'
  | 'edge-apply'
  | 'edge-fresh'
  | 'source-ingest'
  | 'correctness'
  | 'coverage'
  | 'stale-allows'

/** The origin of a change. Only `live` ones are of the service levels; probes have their own. */
export type SampleOrigin = 'live' | 'probe' | 'replay' | 'backfill'

/** The kind of notification for an alert of burnt budget. */
export type SloAlert = 'page' | 'ticket'

/** A window that burn is looked at in, as Prometheus writes it. */
export type BurnWindow = '5m' | '30m' | '1h' | '2h' | '6h' | '1d' | '3d'

/** One objective: so much of a measurement is good over so many days. */
export interface Slo {
  /** Unique in its file, like `reduce-complete-2s`. */
  readonly name: string
  readonly sli: Sli
  /**
   * Class of the changes that are measured. `bulk` is what replays and backfills carry, whatever the class of
   * their claims; every other class means live changes. `null`: of every class.
   */
  readonly class: string | null
  /** Up to which time, or which age of a view, counts as good. `null` where nothing is timed. */
  readonly thresholdMs: number | null
  /** Share of good among valid, 0 to below 1, like 0.999. */
  readonly target: number
  readonly description: string
  /** The rolling window of the budget. */
  readonly windowDays: number
  readonly alerts: readonly SloAlert[]
  /** The long windows of the rows of the table of burn rates that it alerts by. */
  readonly alertWindows: readonly BurnWindow[]
}

/** The class of changes that come in bulk: replays and backfills. */
export const BULK_CLASS = 'bulk'

/**
 * Upper bounds of the buckets in which times are counted, in seconds. A threshold of an objective is one of
 * them: between two bounds, a histogram cannot separate good from bad.
 */
export const LATENCY_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 900,
]

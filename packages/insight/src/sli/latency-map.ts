import type { LatencyStage } from '@freshet/protocol/slo'

/** Which live changes are looked at: those that were appended since, and whose end is known. */
export interface LatencyQuestion {
  readonly sinceMs: number
  /** Width of a span of time. */
  readonly stepMs: number
  /** `null`: every stage. */
  readonly stage: LatencyStage | null
}

/** The number of changes of a span that took a given time in a stage. */
export interface LatencyCell {
  readonly stage: LatencyStage
  readonly fromMs: number
  /** See `latencyBucket`. */
  readonly bucket: number
  readonly changes: number
}

/** A stage over all spans; `NEVER_MS` where a change never came so far. */
export interface StageSummary {
  readonly stage: LatencyStage
  readonly changes: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** The times of all stages. Cells without a change, and stages without one, are left out. */
export interface LatencyMap {
  readonly cells: readonly LatencyCell[]
  readonly stages: readonly StageSummary[]
  /** More changes ended than were looked at: the newest were. */
  readonly isCut: boolean
}

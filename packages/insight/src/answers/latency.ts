/** The time that changes took, by stage. */
export interface LatencyAnswer {
  readonly apiVersion: string
  readonly from: string
  readonly stepMs: number
  readonly steps: number
  readonly boundsMs: readonly number[]
  /** `false`: more changes ended than were looked at; these are the newest. */
  readonly isComplete: boolean
  readonly stages: readonly LatencyStageJson[]
  readonly measuredAt: string
}

/** One stage of the way. */
export interface LatencyStageJson {
  readonly stage: string
  readonly clocks: { readonly from: string; readonly to: string }
  readonly changes: number
  /** `null`: no change, or one that never came so far. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly maxMs: number | null
  readonly isAllDone: boolean
  readonly spans: readonly LatencySpan[]
}

/** Changes of a span of time by bucket; the last bucket is beyond every bound. */
export interface LatencySpan {
  readonly from: string
  readonly counts: readonly number[]
}

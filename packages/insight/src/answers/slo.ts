/** One service level. */
export interface SloJson {
  readonly name: string
  readonly sli: string
  readonly class: string | null
  readonly thresholdMs: number | null
  readonly target: number
  readonly description: string
  readonly windowDays: number
  readonly good: number
  readonly valid: number
  readonly ratio: number | null
  readonly budgetRemaining: number | null
  readonly burn: readonly {
    readonly window: string
    readonly good: number
    readonly valid: number
    readonly ratio: number | null
    readonly rate: number | null
  }[]
  readonly state: 'met' | 'burning' | 'breached' | 'no-data'
  /** The severity of its alert now. */
  readonly alert: 'page' | 'ticket' | null
}

/** All of them. */
export interface SlosAnswer {
  readonly apiVersion: string
  readonly items: readonly SloJson[]
  /** The live change whose measurement ended last, of any class. */
  readonly latest: MeasuredChange | null
  readonly measuredAt: string
}

/** A change as it was measured. */
export interface MeasuredChange {
  readonly kind: 'change'
  readonly id: string
  readonly tenant: string
  readonly source: string
  readonly class: string | null
  readonly origin: string
  readonly appendedAt: string
  readonly measuredAt: string
  /** `null`: it was not complete at the deadline. */
  readonly completeMs: number | null
  readonly isUpperBound?: boolean
  /**
   * The number of edges that counted for it, the last one, and the first that still served at the deadline.
   */
  readonly edges: number
  readonly slowest: string | null
  readonly missing: readonly string[]
}

/** An edge whose view was too old. */
export interface BlindEdgeJson {
  readonly kind: 'edge'
  readonly edge: string
  readonly minutes: number
  readonly oldestViewMs: number | null
}

/** An event that burned budget. */
export type Burned = MeasuredChange | BlindEdgeJson

/** The result of a span of time. */
export interface SloSpanJson {
  readonly from: string
  readonly good: number
  readonly valid: number
}

/** One service level, day by day, with what burned its budget and what was measured last. */
export interface SloAnswer extends SloJson {
  readonly apiVersion: string
  readonly history: readonly SloSpanJson[]
  readonly worst: readonly Burned[]
  readonly latest: readonly MeasuredChange[]
  readonly measuredAt: string
}

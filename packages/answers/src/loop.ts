/** An edge that reported within the last hour. */
export interface Edge {
  readonly edge: string
  /** Of a group: how many they are; what is said of it holds for the worst of them. */
  readonly edges?: number
  readonly audience: string
  readonly version: string
  readonly standing: string
  readonly state: string
  readonly reportedAt: string
  /** Two processes report under its id; a console of before tells nothing of it. */
  readonly conflict?: boolean
  /** How far the broker's clock is ahead of its wall clock. */
  readonly clock?: { readonly offsetMs: number; readonly errorMs: number | null } | null
  readonly partitions: readonly {
    readonly partition: number
    readonly applied: string
    readonly viewAgeMs: number | null
    /** Records of the revocation topic that it has not read; `null` where the broker does not answer. */
    readonly records?: string | null
    readonly behindMs?: number | null
  }[]
  /** Decisions per second over the last whole minute; `null` where it did not report. */
  readonly rates?: {
    readonly allow: number
    readonly deny: number
    readonly challenge: number
  } | null
}

/** A page of them, by name. */
export interface EdgesAnswer {
  readonly items: readonly Edge[]
  /** Behind which the next page begins; `null`: there is none. A console of before tells all at once. */
  readonly next?: string | null
  readonly total?: number
  /** Of all edges, where they are too many to be measured one by one: each as the worst of its edges. */
  readonly groups?: readonly Edge[]
}

/** How far a reader is behind in one partition; `null` where the broker does not answer. */
export interface Behind {
  readonly partition: number
  readonly position: string
  readonly head: string | null
  readonly records: string | null
  readonly behindMs: number | null
}

/** How far recording and each edge are behind. */
export interface Lag {
  readonly recording: readonly Behind[]
  readonly edges: readonly (Behind & {
    readonly edge: string
    readonly standing: string
    /** Of a group: how many they are; the last of them is so far behind. */
    readonly edges?: number
  })[]
}

/** One service level. */
export interface Slo {
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
  /** Whom its alert tells now. */
  readonly alert: 'page' | 'ticket' | null
}

/** All of them. */
export interface SlosAnswer {
  readonly items: readonly Slo[]
  readonly measuredAt: string
}

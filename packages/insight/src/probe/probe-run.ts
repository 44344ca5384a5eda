import type { ProbeStage } from './probe-world.ts'

/** The steps of a probe, in their order. */
export type ProbeStep =
  | 'grant'
  | 'mint'
  | 'allowed'
  | 'accept'
  | 'append'
  | 'record'
  | 'publish'
  | 'apply'
  | 'denied'
  | 'restore'

/** One step that was made. */
export interface ProbeMark {
  readonly step: ProbeStep
  /** The target or the edge that it is about. */
  readonly at: string | null
  readonly atMs: number
  /** The clock of the prober is `probe`. Times of different clocks differ by their skew too. */
  readonly clock: ProbeStage['clock'] | 'probe'
}

/** The step that did not hold, and why. */
export interface BrokenStep {
  readonly step: ProbeStep
  readonly at: string | null
  readonly why: string
}

/** The outcome of a probe. */
export interface ProbeRun {
  /** Id of the change that took the value away; `null` where it did not come so far. */
  readonly change: string | null
  readonly marks: readonly ProbeMark[]
  readonly broken: BrokenStep | null
  /** From sending the removal until every target refused, by the clock of the probe; `null` where that did not happen. */
  readonly tookMs: number | null
}

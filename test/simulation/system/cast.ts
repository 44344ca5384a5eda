import { SUBJECTS } from './workload.ts'

/** Who takes part in a run. */
export interface Cast {
  /** Hosts that never start. */
  readonly without: ReadonlySet<string>
  readonly subjects: readonly string[]
}

/** Everybody. */
export const EVERYBODY: Cast = { without: new Set(), subjects: SUBJECTS }

import type { Guards } from './guards.ts'

/** A guard that is removed, the mix of its runs, and the seeds within which that must show. */
export interface Control {
  /** A rule of docs/protocol/rules.md by its number, or an invariant of docs/protocol/invariants.md. */
  readonly rule: string
  readonly without: string
  readonly guards: Guards
  readonly mix: string
  /** The invariants of which one must break first. */
  readonly breaks: readonly string[]
  /** Seeds from 1 on within which that happens. */
  readonly seeds: number
}

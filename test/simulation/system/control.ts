import type { Guards } from './guards.ts'

/** A guard that is taken away, and where and how soon that must be seen. */
export interface Control {
  /** A rule of docs/protocol/rules.md by its number, or an invariant of docs/protocol/invariants.md. */
  readonly rule: string
  readonly without: string
  readonly guards: Guards
  readonly mix: string
  /** The invariants one of which falls first. */
  readonly breaks: readonly string[]
  /** Seeds from 1 on within which that happens. */
  readonly seeds: number
}

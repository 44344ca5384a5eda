import type { Guards } from './guards.ts'

/** A guard that is taken away, and where and how soon that must be seen. */
export interface Control {
  /** Of ARCHITECTURE.md: a rule by its number, or an invariant. */
  readonly rule: string
  readonly without: string
  readonly guards: Guards
  readonly mix: string
  /** The invariants one of which falls first. */
  readonly breaks: readonly string[]
  /** Seeds from 1 on within which that happens. */
  readonly seeds: number
}

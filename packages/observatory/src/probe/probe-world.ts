import type { ClockName } from '../timeline.ts'

/** What a place that checks tokens said of one. `unclear`: neither let in nor refused for its claim. */
export interface ProbeAnswer {
  readonly answer: 'allowed' | 'refused' | 'unclear'
  /** In words, for people; no token, no value. */
  readonly said: string
}

/** A stage of the removal that somebody else measured. */
export interface ProbeStage {
  readonly step: 'append' | 'record' | 'publish' | 'apply'
  /** Which edge applied it; `null` for a stage that no edge has. */
  readonly edge: string | null
  readonly atMs: number
  readonly clock: ClockName
}

/** How far the removal came, as the records say. */
export interface ProbeProgress {
  /** In the order of the way; a stage that was not reached is missing. */
  readonly stages: readonly ProbeStage[]
  /** Edges that were to apply it and have not. */
  readonly missing: readonly string[]
  readonly isApplied: boolean
}

/**
 * What a probe acts on. Each call has a time-out of its own; what it throws breaks the step that it was made for.
 */
export interface ProbeWorld {
  /** Where the token is shown, by name: at least one. */
  readonly doors: readonly string[]
  /** The probed value is granted: the source's change is acknowledged and recorded. */
  grant(): Promise<void>
  /** A token that carries the value. */
  mint(): Promise<string>
  ask(door: string, token: string): Promise<ProbeAnswer>
  /** Takes the value away at the source; the change's id, once the broker has acknowledged it. */
  remove(): Promise<string>
  /** `undefined` while it is not recorded, or nobody can tell. */
  progress(change: string): Promise<ProbeProgress | undefined>
  /** Leaves everything as it was found, from wherever the probe stopped. */
  restore(): Promise<void>
}

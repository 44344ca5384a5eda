import type { ClockName } from '../changes/timeline.ts'

/** The answer of a place that checks tokens. `unclear`: neither allowed nor refused for its claim. */
export interface ProbeAnswer {
  readonly answer: 'allowed' | 'refused' | 'unclear'
  /** A text for people, without a token or a value. */
  readonly summary: string
}

/** A stage of the removal that another process measured. */
export interface ProbeStage {
  readonly step: 'append' | 'record' | 'publish' | 'apply'
  /** Which edge applied it; `null` for a stage that no edge has. */
  readonly edge: string | null
  readonly atMs: number
  readonly clock: ClockName
}

/** The recorded progress of the removal. */
export interface ProbeProgress {
  /** In the order of the way; a stage that was not reached is missing. */
  readonly stages: readonly ProbeStage[]
  /** Edges that were to apply it and have not. */
  readonly missing: readonly string[]
  readonly isApplied: boolean
}

/**
 * The world that a probe acts on. Each call has a time-out of its own; an error that it throws breaks its
 * step.
 */
export interface ProbeWorld {
  /** The places that check the token, by name: at least one. */
  readonly targets: readonly string[]
  /** The probed value is granted: the source's change is acknowledged and recorded. */
  grant(): Promise<void>
  /** A token that carries the value. */
  mint(): Promise<string>
  ask(target: string, token: string): Promise<ProbeAnswer>
  /** Takes the value away at the source; the change's id, once the broker has acknowledged it. */
  remove(): Promise<string>
  /** The progress; `undefined` while it is not recorded or not known. */
  progress(change: string): Promise<ProbeProgress | undefined>
  /** Leaves everything as it was found, from wherever the probe stopped. */
  restore(): Promise<void>
}

import type { HealthAnswer, HealthCause, HealthState } from '../answers/health.ts'
import type { ServiceCheck } from '../findings/finding-rule.ts'
import { formatRfc3339 } from '@freshet/wire'
import type { HealthVerdict } from './judge-health.ts'

/** Older figures do not count: the state is unknown. */
export const FIGURES_WITHIN_MS = 5_000

const BLIND: Omit<HealthCause, 'since' | 'what'> = {
  finding: 'consoleBlind',
  object: 'console',
  tenant: null,
  effect: 'the state is not known; edges withdraw their trust by themselves',
  do: 'read the log of the console, and run `freshet doctor`',
  runbook: null,
  who: null,
  symptoms: [],
}

/** A verdict as the API gives it. */
export type Health = Omit<HealthAnswer, 'apiVersion'>

/** Adds the times to verdicts: since when the state and each cause are so, and the age of the figures. */
export class HealthWatch {
  #state: HealthState | undefined
  #sinceMs: number
  #seen: ReadonlyMap<string, number> = new Map()
  #causes: readonly HealthCause[] = []
  #asOfMs: number | undefined
  /** The last verdict was `unknown` by itself, because the console could not read its figures. */
  #isBlind = false
  #services: readonly ServiceCheck[] = []

  /** `startedAtMs`: the begin of the process, in milliseconds since 1970. */
  constructor(startedAtMs: number) {
    this.#sinceMs = startedAtMs
  }

  /** Takes the verdict over figures of this time, in milliseconds since 1970, and the states of services. */
  see(
    { state, causes }: HealthVerdict,
    atMs: number,
    services: readonly ServiceCheck[] = [],
  ): void {
    this.#services = services
    const seen = causes.map(
      (cause) => [keyOf(cause), this.#seen.get(keyOf(cause)) ?? atMs] as const,
    )
    this.#seen = new Map(seen)
    this.#causes = causes.map((cause, at) => ({
      ...cause,
      since: cause.since ?? formatRfc3339(seen[at]?.[1] ?? atMs),
    }))
    this.#asOfMs = atMs
    this.#isBlind = state === 'unknown'
    this.#turn(state, atMs)
  }

  /**
   * Returns the verdict at this time. Without figures of the last 5 s the state is `unknown`. A cause for which it was so
   * before stays the cause: each attempt to read figures from a database that hangs takes longer.
   */
  at(nowMs: number): Health {
    const asOfMs = this.#asOfMs
    const isOld = asOfMs === undefined || nowMs - asOfMs > FIGURES_WITHIN_MS
    if (isOld) this.#turn('unknown', asOfMs ?? this.#sinceMs)
    const asOf = asOfMs === undefined ? null : formatRfc3339(asOfMs)
    const since = formatRfc3339(this.#sinceMs)
    const what = `The console has no figures since ${asOf ?? `its start at ${since}`}`
    const isLost = isOld && !this.#isBlind
    const causes = isLost ? [{ ...BLIND, what, since: asOf ?? since }] : this.#causes
    const services = isOld || this.#services.length === 0 ? {} : { services: [...this.#services] }
    return { state: this.#state ?? 'unknown', since, asOf, causes: [...causes], ...services }
  }

  #turn(state: HealthState, atMs: number): void {
    if (this.#state === state) return
    this.#state = state
    this.#sinceMs = atMs
  }
}

function keyOf({ finding, object, tenant }: HealthCause): string {
  return JSON.stringify([finding, object, tenant])
}

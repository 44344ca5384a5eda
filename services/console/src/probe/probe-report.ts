import type { Probe, TimelineJson } from '@freshet/insight/answers'
import type { ProbeRun } from '@freshet/insight'
import { formatRfc3339 } from '@freshet/wire'

/** Ended probes of a claim that are remembered: the last ten minutes. They are gone with the process. */
const REMEMBERED_MAX = 60

interface Ended {
  readonly atMs: number
  readonly run: ProbeRun
}

/** The outcomes of the last probes of each claim; at most as many as there are claims. */
export class ProbeReport {
  readonly #last = new Map<string, readonly Ended[]>()

  /** Forgets the claims that are not probed any more. */
  keepOnly(claims: readonly string[]): void {
    for (const claim of this.#last.keys()) if (!claims.includes(claim)) this.#last.delete(claim)
  }

  record(claim: string, atMs: number, run: ProbeRun): void {
    const before = this.#last.get(claim) ?? []
    this.#last.set(claim, [...before, { atMs, run }].slice(-REMEMBERED_MAX))
  }

  /** Returns the observations of the probe that sent this removal; `undefined` for other changes and forgotten probes. */
  seenOf(change: string): TimelineJson['probe'] {
    const ended = [...this.#last.values()].flat().find(({ run }) => run.change === change)
    if (ended === undefined) return undefined
    const { marks, broken } = ended.run
    const denied = marks.filter(({ step }) => step === 'denied')
    const refusedBy = denied.flatMap(({ at }) => at ?? [])
    return { at: formatRfc3339(ended.atMs), refusedBy, broken }
  }

  /** Returns whether the last probe of each claim failed. */
  lastBroken(): readonly (readonly [claim: string, isBroken: boolean])[] {
    return [...this.#last].map(([claim, ended]) => [claim, ended.at(-1)?.run.tookMs === null])
  }

  /** As the API gives it: the last of each claim with its steps, and how long those before it took, oldest first. */
  json(): readonly Probe[] {
    return [...this.#last].flatMap(([claim, ended]) => {
      const last = ended.at(-1)
      if (last === undefined) return []
      const { change, broken, tookMs, marks } = last.run
      const steps = marks.map(({ atMs, ...step }) => ({ ...step, time: formatRfc3339(atMs) }))
      const recent = ended.map(({ atMs, run }) => ({ at: formatRfc3339(atMs), tookMs: run.tookMs }))
      return [{ claim, at: formatRfc3339(last.atMs), change, tookMs, broken, steps, recent }]
    })
  }
}

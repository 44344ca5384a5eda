import type { ProbeRun } from '@freshet/observatory'
import { rfc3339 } from '../wire.ts'

/** What became of the last probe of each claim; at most as many as there are claims. */
export class ProbeReport {
  readonly #last = new Map<string, { readonly atMs: number; readonly run: ProbeRun }>()

  tell(claim: string, atMs: number, run: ProbeRun): void {
    this.#last.set(claim, { atMs, run })
  }

  /** As the API gives it. */
  json(): readonly object[] {
    return [...this.#last].map(([claim, { atMs, run }]) => {
      const { change, broken, tookMs } = run
      return { claim, at: rfc3339(atMs), change, tookMs, broken }
    })
  }
}

import type { CheckResult } from './check.ts'

/** The time between the end of a check and the next one. */
const CHECK_EVERY_MS = 1_000

/** The check to repeat, and its end. */
export interface Waiting {
  readonly check: () => Promise<readonly CheckResult[]>
  /**
   * Aborts when the time is over, or when no caller waits any longer. A look that is under way is ended all
   * the same.
   */
  readonly until: AbortSignal
  /** Ends with the signal at the latest. */
  readonly pause: (ms: number, until: AbortSignal) => Promise<void>
  /** Called with the failing checks, whenever they differ from those before. */
  readonly report: (failed: readonly string[]) => void
}

/** Looks until no check fails or the time is over; the last look. */
export async function untilWell(waiting: Waiting): Promise<readonly CheckResult[]> {
  const { check, until, pause, report } = waiting
  let reported = ''
  for (;;) {
    const results = await check()
    const failed = failedOf(results)
    if (failed.length === 0 || until.aborted) return results
    if (reported !== failed.join('\n')) report(failed)
    reported = failed.join('\n')
    await pause(CHECK_EVERY_MS, until)
    if (until.aborted) return results
  }
}

/** The titles of the failed checks, with their groups. */
export function failedOf(results: readonly CheckResult[]): readonly string[] {
  return results
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ group, title }) => `${title} (${group})`)
}

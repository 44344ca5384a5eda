import { dispositionOf, type FreshetError } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import { asFreshetError, produceTurn, type IntakeContext } from './context.ts'

/** A row that waits for longer was left over: by a crash, a lost answer or a broker that was away. */
export const LEFTOVER_AGE_MS = 1_000
/** Most feeds × partitions of one sweep. */
export const SWEEP_MAX = 200
/** Pause between two sweeps. */
export const SWEEP_INTERVAL_MS = 1_000

/**
 * Produces what any gateway stamped and did not get acknowledged (rule 34). Returns the errors of
 * the feeds and partitions that could not be produced now.
 *
 * @throws `database.*`
 */
export async function sweep(context: IntakeContext): Promise<readonly FreshetError[]> {
  const places = await context.store.leftovers(LEFTOVER_AGE_MS, SWEEP_MAX)
  const turns = places.map((place) => produceTurn(context, place, place.partition))
  const outcomes = await Promise.allSettled(turns)
  return outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [asFreshetError(outcome.reason)] : [],
  )
}

/**
 * Sweeps until the signal aborts. Errors that the world may heal are reported and the next sweep
 * tries again; anything else rejects.
 */
export async function runSweeper(
  context: IntakeContext,
  options: {
    readonly timer: Timer
    readonly signal: AbortSignal
    readonly report: (error: FreshetError) => void
  },
): Promise<void> {
  const { timer, signal, report } = options
  while (!signal.aborted) {
    const errors = await sweep(context).catch((error: unknown) => [asFreshetError(error)])
    for (const error of errors) {
      if (dispositionOf(error) !== 'retry') throw error
      report(error)
    }
    await timer.sleep(SWEEP_INTERVAL_MS, signal)
  }
}

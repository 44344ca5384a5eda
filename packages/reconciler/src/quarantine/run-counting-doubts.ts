import { dispositionOf } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import type { QuarantineStore } from './quarantine-store.ts'

/** The time between two counts of doubts. A count reads every doubt that is kept. */
export const DOUBTS_COUNTED_EVERY_MS = 60_000
/** More doubts are not counted: the figure stays at this number. */
export const DOUBTS_COUNTED_MAX = 100_000

/** The dependencies of counting doubts. */
export interface DoubtCountingParts {
  readonly store: Pick<QuarantineStore, 'openDoubts'>
  readonly timer: Timer
  readonly onDoubts: (open: number) => void
  readonly onFailed: (error: unknown) => void
}

/**
 * Counts the claims of subjects in doubt repeatedly until the signal aborts.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function runCountingDoubts(
  { store, timer, onDoubts, onFailed }: DoubtCountingParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      onDoubts(await store.openDoubts(DOUBTS_COUNTED_MAX))
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error
      onFailed(error)
    }
    await timer.sleep(DOUBTS_COUNTED_EVERY_MS, signal)
  }
}

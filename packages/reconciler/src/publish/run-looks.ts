import { dispositionOf } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { LOOKS, untilNext } from '../recurrence.ts'
import type { PublisherStore } from './publisher-store.ts'
import type { WakeUp } from './wake-up.ts'

/** The dependencies of polling. */
export interface LookingParts {
  readonly store: Pick<PublisherStore, 'waiting'>
  readonly wakeUp: Pick<WakeUp, 'wake'>
  readonly timer: Timer
}

/**
 * Wakes the publisher of each partition in which rows wait, until the signal aborts. One query serves all
 * partitions, and each process runs one. A query that fails is skipped: publishers use the same database and
 * report its failure.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function runLooks(
  { store, wakeUp, timer }: LookingParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await timer.sleep(untilNext(LOOKS, timer.monotonicMs()), signal)
    for (const partition of await store.waiting().catch(noneUnlessRetried)) wakeUp.wake(partition)
  }
}

function noneUnlessRetried(error: unknown): readonly number[] {
  if (dispositionOf(error) !== 'retry') throw error
  return []
}

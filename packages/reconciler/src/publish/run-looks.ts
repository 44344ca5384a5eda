import { dispositionOf } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import { LOOKS, untilNext } from '../recurrence.ts'
import type { PublisherStore } from './publisher-store.ts'
import type { WakeUp } from './wake-up.ts'

/** What looking needs. */
export interface LookingParts {
  readonly store: Pick<PublisherStore, 'waiting'>
  readonly wakeUp: Pick<WakeUp, 'wake'>
  readonly timer: Timer
}

/**
 * Wakes the publisher of each partition in which rows wait, until the signal aborts: one look for all partitions, and
 * one for each process. A look that fails is left out: publishers meet the same database and tell of it.
 *
 * @throws whatever is not of disposition `retry`
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

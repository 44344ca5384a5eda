import { dispositionOf, PARTITIONS } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { POLLING, untilNext } from '../recurrence.ts'
import type { FloorStore, PublisherStore } from './publisher-store.ts'
import type { WakeUp } from './wake-up.ts'

/** Time between two looks below the floors. Each reads every removed row that an open snapshot keeps. */
export const FLOOR_POLL_MS = 60_000

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
export async function pollOutbox(
  { store, wakeUp, timer }: LookingParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await timer.sleep(untilNext(POLLING, timer.monotonicMs()), signal)
    for (const partition of await store.waiting().catch(noneUnlessRetried)) wakeUp.wake(partition)
  }
}

function noneUnlessRetried(error: unknown): readonly number[] {
  if (dispositionOf(error) !== 'retry') throw error
  return []
}

/** The dependencies of looking below the floors. */
export interface FloorLookingParts {
  readonly store: FloorStore
  readonly timer: Timer
  /** A floor hid rows of a partition; their revocations are late, and are published from here on. */
  onHidden(partition: number, rows: number): void
  onFailed(error: unknown): void
}

/**
 * Looks for hidden rows in each partition, at once and then every {@link FLOOR_POLL_MS}, until the signal aborts. No
 * publisher waits for it, so a look that an open snapshot makes too slow delays nothing.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function pollFloors(parts: FloorLookingParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const partition of PARTITIONS) await pollBelow(parts, partition)
    await parts.timer.sleep(FLOOR_POLL_MS, signal)
  }
}

async function pollBelow(parts: FloorLookingParts, partition: number): Promise<void> {
  try {
    const rows = await parts.store.revealRows(partition)
    if (rows > 0) parts.onHidden(partition, rows)
  } catch (error) {
    if (dispositionOf(error) !== 'retry') throw error
    parts.onFailed(error)
  }
}

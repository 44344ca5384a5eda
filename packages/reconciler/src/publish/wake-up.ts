import { dispositionOf, PARTITIONS } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { POLLING, untilNext } from '../recurrence.ts'
import { interruptibleSleep } from './interruptible-sleep.ts'
import type { FloorStore, PublisherStore } from './publisher-store.ts'

/** Signals to the publisher of a partition, without a round trip, that there are rows to publish. */
export interface WakeUp {
  /** Called after each commit that publishes. A call without a waiting publisher is kept: one, not many. */
  wake(partition: number): void
  /** Wakes it, and lets its next turn publish a heartbeat before the usual time: edges wait for one. */
  wakeForHeartbeat(partition: number): void
  /**
   * Discards a kept call, because the publisher now reads everything that was committed before. Returns
   * whether a call since the last turn asked for a heartbeat.
   */
  consumeSignal(partition: number): boolean
  /** Resolves at the next wake-up, after `forMs`, or when the signal aborts. Returns true for a wake-up. */
  wait(partition: number, forMs: number, signal: AbortSignal): Promise<boolean>
}

/** Makes a wake-up for any number of partitions. Those that wait until the same time wake together. */
export function createWakeUp(timer: Timer): WakeUp {
  const sleep = commonSleep(timer)
  const kept = new Set<number>()
  const waiting = new Map<number, () => void>()
  const awaited = new Set<number>()
  const wake = (partition: number): void => {
    const resume = waiting.get(partition)
    if (resume) resume()
    else kept.add(partition)
  }
  return {
    wake,
    wakeForHeartbeat(partition) {
      awaited.add(partition)
      wake(partition)
    },
    consumeSignal(partition) {
      kept.delete(partition)
      return awaited.delete(partition)
    },
    async wait(partition, forMs, signal) {
      if (kept.delete(partition)) return true
      if (forMs <= 0) return false
      let isWoken = false
      const { over, end } = interruptibleSleep({ sleep }, forMs, signal)
      waiting.set(partition, () => {
        isWoken = true
        end()
      })
      await over
      waiting.delete(partition)
      return isWoken
    },
  }
}

interface Sleep {
  readonly dueMs: number
  readonly signal: AbortSignal | undefined
  readonly over: Promise<void>
}

/**
 * Returns the `sleep` of a timer with shared sleeps: sleepers that are due in the same millisecond, by the
 * same signal, share one. They wake in the same turn of the event loop, so that their next steps can share a
 * transaction or a request.
 */
export function commonSleep(timer: Timer): Timer['sleep'] {
  const sleeps = new Set<Sleep>()
  return (ms, signal) => {
    const dueMs = Math.round(timer.monotonicMs() + ms)
    const same = [...sleeps].find((sleep) => sleep.dueMs === dueMs && sleep.signal === signal)
    if (same) return same.over
    const over = timer.sleep(ms, signal).then(() => void sleeps.delete(sleep))
    const sleep = { dueMs, signal, over }
    sleeps.add(sleep)
    return over
  }
}

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

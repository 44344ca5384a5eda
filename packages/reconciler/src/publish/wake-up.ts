import type { Timer } from '@freshet/wire'
import { interruptibleSleep } from './interruptible-sleep.ts'

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

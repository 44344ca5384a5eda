import type { Timer } from '@freshet/wire'
import { commonSleep } from '../common-sleep.ts'
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

import type { Timer } from '@freshet/events'
import { nap } from './nap.ts'

/** Tells the publisher of a partition, without a round trip, that there is something to publish. */
export interface WakeUp {
  /** Called after each commit that publishes. A call while nobody waits is kept: one, not many. */
  wake(partition: number): void
  /** What was committed until now will be read: a call that was kept says nothing new. */
  heed(partition: number): void
  /** Resolves at the next wake-up, after `forMs`, or when the signal aborts. */
  wait(partition: number, forMs: number, signal: AbortSignal): Promise<void>
}

/** Makes a wake-up for any number of partitions. */
export function createWakeUp(timer: Timer): WakeUp {
  const kept = new Set<number>()
  const waiting = new Map<number, () => void>()
  return {
    wake(partition) {
      const resume = waiting.get(partition)
      if (resume) resume()
      else kept.add(partition)
    },
    heed(partition) {
      kept.delete(partition)
    },
    async wait(partition, forMs, signal) {
      if (kept.delete(partition) || forMs <= 0) return
      const { over, end } = nap(timer, forMs, signal)
      waiting.set(partition, end)
      await over
      waiting.delete(partition)
    },
  }
}

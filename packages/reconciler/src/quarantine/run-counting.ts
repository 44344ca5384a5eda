import { dispositionOf } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { WAITING, type QuarantinedCount, type QuarantineStore } from './quarantine-store.ts'

/** The time between two counts of quarantined records. */
export const COUNT_EVERY_MS = 5_000

/** The number of quarantined records of one topic and reason that wait for an operator. */
export interface WaitingCount {
  readonly topic: string
  readonly reason: string
  readonly records: number
  readonly oldestAgeMs: number
}

/** The dependencies of counting. */
export interface CountingParts {
  readonly store: Pick<QuarantineStore, 'counts'>
  readonly timer: Timer
  readonly onCounted: (waiting: readonly WaitingCount[]) => void
  readonly onFailed: (error: unknown) => void
}

/**
 * Counts the waiting records in quarantine repeatedly until the signal aborts.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function runCounting(parts: CountingParts, signal: AbortSignal): Promise<void> {
  const { store, timer, onCounted, onFailed } = parts
  while (!signal.aborted) {
    try {
      onCounted(waitingOf(await store.counts({ states: WAITING }), timer.nowMs()))
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error
      onFailed(error)
    }
    await timer.sleep(COUNT_EVERY_MS, signal)
  }
}

/** Adds the counts of several states to one figure. */
function waitingOf(counts: readonly QuarantinedCount[], nowMs: number): readonly WaitingCount[] {
  const waiting = new Map<string, WaitingCount>()
  for (const { topic, reason, records, oldestAtMs } of counts) {
    const key = JSON.stringify([topic, reason])
    const before = waiting.get(key) ?? { topic, reason, records: 0, oldestAgeMs: 0 }
    const oldestAgeMs = Math.max(before.oldestAgeMs, nowMs - oldestAtMs)
    waiting.set(key, { ...before, records: before.records + records, oldestAgeMs })
  }
  return [...waiting.values()]
}

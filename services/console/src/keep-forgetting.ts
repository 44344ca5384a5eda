import { RETENTION } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { ObservatoryStore } from '@freshet/observatory'

const EVERY_MS = 10 * 60_000

/** Forgets old reports now and then, until the signal aborts. */
export async function keepForgetting(
  parts: {
    readonly store: ObservatoryStore
    readonly timer: Timer
    readonly onTrouble: (error: unknown) => void
  },
  signal: AbortSignal,
): Promise<void> {
  const { store, timer, onTrouble } = parts
  while (!signal.aborted) {
    await store.forget(timer.nowMs() - RETENTION.reports.keptMs).catch(onTrouble)
    await timer.sleep(EVERY_MS, signal)
  }
}

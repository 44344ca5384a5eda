import type { Timer } from '@freshet/events'
import type { ObservatoryStore } from '@freshet/observatory'

const EVERY_MS = 10 * 60_000
/** As long as the reports stay in their topic. */
const KEPT_MS = 24 * 60 * 60_000

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
    await store.forget(timer.nowMs() - KEPT_MS).catch(onTrouble)
    await timer.sleep(EVERY_MS, signal)
  }
}

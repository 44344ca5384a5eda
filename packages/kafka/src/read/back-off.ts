import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_MS = 50
/** The longest wait adds to an outage: a new leader is found by the next attempt. */
const LAST_MS = 1_000
/**
 * The share by which a wait varies. Readers that lost the same broker must not come back at the same time.
 */
const JITTER = 0.2

/** Waits that grow while the trouble continues. */
export interface BackOff {
  /** Waits once; returns early when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>
  /** Makes the next wait the shortest again. */
  reset(): void
}

/** Returns waits that double from 50 ms to 1 s, each ±20 %. `random` returns numbers from 0 to 1. */
export function backOff(
  random: () => number = Math.random,
  pause: (ms: number, signal: AbortSignal) => Promise<void> = pauseFor,
): BackOff {
  let nextMs = FIRST_MS
  return {
    async wait(signal) {
      const waitMs = nextMs * (1 - JITTER + 2 * JITTER * random())
      nextMs = Math.min(nextMs * 2, LAST_MS)
      await pause(waitMs, signal)
    },
    reset() {
      nextMs = FIRST_MS
    },
  }
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  // An abort is not an error of the wait: the caller checks the signal.
  await sleep(ms, undefined, { signal }).catch(() => {})
}

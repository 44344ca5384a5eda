import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_MS = 50
const LAST_MS = 2_000
/** Readers that lost the same broker must not come back in step. */
const JITTER = 0.2

/** Waits that grow while trouble lasts. */
export interface BackOff {
  /** Waits once; returns early when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>
  /** The next wait is the shortest again. */
  reset(): void
}

/** Doubles from 50 ms to 2 s, each ±20 %. `random` gives numbers from 0 to 1. */
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
  // An abort is not a failure of the wait: whoever waits looks at the signal.
  await sleep(ms, undefined, { signal }).catch(() => {})
}

import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_MS = 50
/**
 * The longest wait adds to an outage: a new leader is found by the next attempt. Kafka elects one within
 * seconds. An outage that lasts longer waits for people, and costs the brokers that are left fewer requests.
 */
const LONGEST_MS = { first: 500, later: 1_000 } as const
/** About 10 s. */
const FIRST_WAITS = 22
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

/** Returns waits that double from 50 ms to 0.5 s, and to 1 s in a longer outage, each ±20 %. `random` returns numbers from 0 to 1. */
export function backOff(
  random: () => number = Math.random,
  pause: (ms: number, signal: AbortSignal) => Promise<void> = pauseFor,
): BackOff {
  let waits = 0
  return {
    async wait(signal) {
      const longestMs = waits < FIRST_WAITS ? LONGEST_MS.first : LONGEST_MS.later
      const meanMs = Math.min(FIRST_MS * 2 ** waits, longestMs)
      const waitMs = meanMs * (1 - JITTER + 2 * JITTER * random())
      waits += 1
      await pause(waitMs, signal)
    },
    reset() {
      waits = 0
    },
  }
}

async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  // An abort is not an error of the wait: the caller checks the signal.
  await sleep(ms, undefined, { signal }).catch(() => {})
}

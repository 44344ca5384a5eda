import { setTimeout as wait } from 'node:timers/promises'
import type { Timer } from '@freshet/wire'
import { TIMEOUT_MS_MAX } from './limits.ts'

/**
 * The clocks of this process. The one place of the package that reads them: an edge is embedded by
 * services that hand it no clock, and everything behind takes it as an argument.
 */
export const systemTimer: Timer = {
  // oxlint-disable-next-line no-restricted-globals
  nowMs: () => Date.now(),
  // oxlint-disable-next-line no-restricted-globals
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, { signal, ref: false }).catch(() => undefined)
  },
}

/**
 * Keeps this process from ending until the returned function is called: all other timers of an edge let it end. An
 * edge with another clock holds nothing, because what it waits for does not come by this process's time.
 */
export function holdProcess(timer: Timer): () => void {
  if (timer !== systemTimer) return () => undefined
  // It measures no time: it only holds the process.
  // oxlint-disable-next-line no-restricted-globals
  const held = setInterval(() => undefined, TIMEOUT_MS_MAX)
  return () => clearInterval(held)
}

/** Returns 64 unpredictable bits, so that no attacker can aim at collisions of fingerprints. */
export function systemSeed(): Seed {
  const words = crypto.getRandomValues(new Uint32Array(2))
  return [words[0] ?? 0, words[1] ?? 0]
}

/** A number in [0, 1) by chance, for jitter. */
export function systemRandom(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32
}

/** Two 32-bit numbers. */
export type Seed = readonly [number, number]

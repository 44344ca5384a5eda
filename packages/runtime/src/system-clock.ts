import type { Timer } from '@freshet/wire'

/** The longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_DELAY_MS = 2_147_483_647

/** The clocks of this machine. A sleep keeps the process alive. */
export const systemClock: Timer = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    if (signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(Math.max(0, ms), LONGEST_DELAY_MS))
      signal?.addEventListener('abort', done, { once: true })
    })
  },
}

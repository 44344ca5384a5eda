import type { Timer } from '@freshet/wire'

interface Sleep {
  readonly dueMs: number
  readonly signal: AbortSignal | undefined
  readonly over: Promise<void>
}

/**
 * Returns the `sleep` of a timer with shared sleeps: sleepers that are due in the same millisecond, by the
 * same signal, share one. They wake in the same turn of the event loop, so that their next steps can share a
 * transaction or a request.
 */
export function commonSleep(timer: Timer): Timer['sleep'] {
  const sleeps = new Set<Sleep>()
  return (ms, signal) => {
    const dueMs = Math.round(timer.monotonicMs() + ms)
    const same = [...sleeps].find((sleep) => sleep.dueMs === dueMs && sleep.signal === signal)
    if (same) return same.over
    const over = timer.sleep(ms, signal).then(() => void sleeps.delete(sleep))
    const sleep = { dueMs, signal, over }
    sleeps.add(sleep)
    return over
  }
}

import type { Clock } from '@freshet/protocol'

/** A clock that can also be awaited. */
export interface Timer extends Clock {
  /**
   * Resolves after `ms` milliseconds of monotonic time, or at once if the signal aborts. It never rejects:
   * the caller checks the signal afterwards.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

import type { Clock } from '@freshet/domain'

/** A clock that can also be waited on. */
export interface Timer extends Clock {
  /**
   * Resolves after `ms` milliseconds of monotonic time, or at once when the signal aborts. It
   * never rejects: who waits looks at the signal afterwards.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

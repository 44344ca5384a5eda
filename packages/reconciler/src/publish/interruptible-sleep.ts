import type { Timer } from '@freshet/wire'

/** A sleep in progress. */
export interface InterruptibleSleep {
  /** Resolves at its end, for any reason. */
  readonly over: Promise<void>
  /** Ends it now. */
  readonly end: () => void
}

/**
 * Sleeps until the time is over, the signal aborts, or the owner ends the sleep. Publishers sleep once per
 * partition all the time. So the sleep has no signal of its own, which costs more than the rest of an idle
 * turn. The timer of a sleep that was ended runs out by itself.
 */
export function interruptibleSleep(
  timer: Pick<Timer, 'sleep'>,
  forMs: number,
  signal: AbortSignal,
): InterruptibleSleep {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { over: Promise.race([timer.sleep(forMs, signal), ended]), end }
}

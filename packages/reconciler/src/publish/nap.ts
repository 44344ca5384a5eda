import type { Timer } from '@freshet/events'

/** A sleep under way. */
export interface Nap {
  /** Resolves when it is over, for whatever reason. */
  readonly over: Promise<void>
  /** Ends it now. */
  readonly end: () => void
}

/**
 * A sleep that the signal ends, or its owner. Publishers take one per partition all the time, so it
 * makes do without a signal of its own, which costs more than all else that an idle turn does; the
 * timer of one that was ended runs out by itself.
 */
export function nap(timer: Pick<Timer, 'sleep'>, forMs: number, signal: AbortSignal): Nap {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  return { over: Promise.race([timer.sleep(forMs, signal), ended]), end }
}

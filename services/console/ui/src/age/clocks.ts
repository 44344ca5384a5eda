/**
 * A moment by two clocks of the browser. A person can set the one, and the other stands still while a machine
 * sleeps.
 */
export interface ClockReading {
  readonly wallMs: number
  readonly steadyMs: number
}

/** Reads both clocks. */
export function readClocks(): ClockReading {
  return { wallMs: Date.now(), steadyMs: performance.now() }
}

/** The time between two moments: by the clock that counted more, because too old is the safe mistake. */
export function msBetween(then: ClockReading, now: ClockReading): number {
  return Math.max(0, now.wallMs - then.wallMs, now.steadyMs - then.steadyMs)
}

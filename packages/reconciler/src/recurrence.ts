import { HEARTBEAT_INTERVAL_MS } from '@freshet/protocol'

/**
 * The times of a process's recurring work. Partitions with nothing urgent work at the same times. Together
 * they share a transaction, and a request to the broker.
 */
export interface Recurrence {
  readonly everyMs: number
  /** The offset of the times within `everyMs`. */
  readonly atMs: number
}

/** Heartbeats of sources that came alone are recorded at these times. */
export const RECORDINGS: Recurrence = { everyMs: HEARTBEAT_INTERVAL_MS, atMs: 0 }

/**
 * Publishers that have nothing else to do emit a heartbeat at these times, soon after those of sources are
 * recorded.
 */
export const HEARTBEATS: Recurrence = { everyMs: HEARTBEAT_INTERVAL_MS, atMs: 100 }

/**
 * The outbox is read at these times for rows of which no publisher received a signal. Another process
 * recorded them, or one that crashed.
 */
export const POLLING: Recurrence = { everyMs: 250, atMs: 50 }

/** A time that is nearer than this counts as reached: timers can fire a little early. */
const REACHED_MS = 25

/** Returns the time until the next of these times. */
export function untilNext({ everyMs, atMs }: Recurrence, nowMonoMs: number): number {
  return REACHED_MS + everyMs - modulo(nowMonoMs + REACHED_MS - atMs, everyMs)
}

/** Returns the time since the latest of these times counted as reached. */
export function sinceLast({ everyMs, atMs }: Recurrence, nowMonoMs: number): number {
  return modulo(nowMonoMs + REACHED_MS - atMs, everyMs)
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}

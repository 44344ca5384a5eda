import type { Timer } from './timer.ts'

/**
 * The default time between two reads of a queue from its start, in milliseconds. A row that is committed very late is
 * found at most this much later.
 */
export const FULL_SCAN_MS = 10_000

/**
 * A row that is committed at most this late, in milliseconds, is found at once: the floor stays at least so
 * far behind.
 */
export const FLOOR_LAG_MS = 5_000

/**
 * Computes the id from which a queue is read. A database keeps removed rows for as long as any transaction is
 * older, and each read from the start of the queue passes them.
 *
 * Several transactions draw the ids of one queue, so a row can be committed after one with a higher id was
 * removed. The floor therefore stays {@link FLOOR_LAG_MS} behind. The queue is read from its start at first
 * and every `wholeLookMs`. That is enough only if a row is allowed to come late.
 */
export class QueueFloor {
  readonly #timer: Pick<Timer, 'monotonicMs'>
  readonly #fullScanMs: number
  #floor = 0n
  /** The next floor, and the time at which it was set. */
  #next = 0n
  #nextSinceMs = Number.NEGATIVE_INFINITY
  #removed = 0n
  #wholeAtMs = Number.NEGATIVE_INFINITY

  constructor(timer: Pick<Timer, 'monotonicMs'>, fullScanMs: number = FULL_SCAN_MS) {
    this.#timer = timer
    this.#fullScanMs = fullScanMs
  }

  /** Returns the id behind which to read now. */
  next(): bigint {
    const nowMs = this.#timer.monotonicMs()
    if (nowMs - this.#wholeAtMs < this.#fullScanMs) return this.#floor
    this.#wholeAtMs = nowMs
    return 0n
  }

  /** Records that all rows up to `last` that a read could find were removed; 0: it found none. */
  raise(last: bigint): void {
    if (last > this.#removed) this.#removed = last
    const nowMs = this.#timer.monotonicMs()
    if (nowMs - this.#nextSinceMs < FLOOR_LAG_MS) return
    this.#floor = this.#next
    this.#next = this.#removed
    this.#nextSinceMs = nowMs
  }
}

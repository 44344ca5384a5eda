import type { Timer } from './timer.ts'

/** How often a queue is read from its start, in milliseconds: so late can a row be that was committed very late. */
export const WHOLE_LOOK_MS = 10_000

/** A row that is committed so late, in milliseconds, is found at once: the floor stays at least so far behind. */
export const FLOOR_LAG_MS = 5_000

/**
 * From which id on a queue is read. A database keeps removed rows for as long as any transaction is older, and
 * each read from the start of the queue passes them.
 *
 * Several transactions draw the ids of one queue, so a row can be committed after one with a higher id was
 * removed. The floor therefore stays {@link FLOOR_LAG_MS} behind, and the queue is read from its start at first
 * and every {@link WHOLE_LOOK_MS}. That is enough only where a row is allowed to come late.
 */
export class QueueFloor {
  readonly #timer: Pick<Timer, 'monotonicMs'>
  #floor = 0n
  /** The floor that follows, and since when. */
  #next = 0n
  #nextSinceMs = Number.NEGATIVE_INFINITY
  #removed = 0n
  #wholeAtMs = Number.NEGATIVE_INFINITY

  constructor(timer: Pick<Timer, 'monotonicMs'>) {
    this.#timer = timer
  }

  /** The id behind which to read now. */
  next(): bigint {
    const nowMs = this.#timer.monotonicMs()
    if (nowMs - this.#wholeAtMs < WHOLE_LOOK_MS) return this.#floor
    this.#wholeAtMs = nowMs
    return 0n
  }

  /** All rows up to `last` that a read could find were removed; 0: it found none. */
  raise(last: bigint): void {
    if (last > this.#removed) this.#removed = last
    const nowMs = this.#timer.monotonicMs()
    if (nowMs - this.#nextSinceMs < FLOOR_LAG_MS) return
    this.#floor = this.#next
    this.#next = this.#removed
    this.#nextSinceMs = nowMs
  }
}

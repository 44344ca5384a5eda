import type { Timer } from '@freshet/events'

/** How often a queue is read from its start, in milliseconds: so late can a row be that was committed late. */
export const WHOLE_LOOK_MS = 10_000

/**
 * From which id on a queue is read. A database keeps removed rows for as long as any transaction is older, and
 * each read from the start of the queue passes them.
 *
 * Several transactions draw the ids of one queue, so a row can be committed after one with a higher id was
 * removed. The queue is therefore read from its start at first and every {@link WHOLE_LOOK_MS}. That is enough
 * only where a row is allowed to come late.
 */
export class QueueFloor {
  readonly #timer: Timer
  #removed = 0n
  #wholeAtMs = Number.NEGATIVE_INFINITY

  constructor(timer: Timer) {
    this.#timer = timer
  }

  /** The id behind which to read now. */
  next(): bigint {
    const nowMs = this.#timer.monotonicMs()
    if (nowMs - this.#wholeAtMs < WHOLE_LOOK_MS) return this.#removed
    this.#wholeAtMs = nowMs
    return 0n
  }

  /** All rows that a read returned were removed; `last` is the highest id of them. */
  raise(last: bigint): void {
    if (last > this.#removed) this.#removed = last
  }
}

import type { Timer } from '@freshet/wire'

/**
 * Divides reading into short turns of the event loop, over all partitions of an edge together, so that an edge that
 * catches up still answers requests.
 */
export class Turns {
  readonly #timer: Timer
  readonly #turnMs: number
  #spentMs = 0
  #next: Promise<void> | undefined

  /** `turnMs`: reading takes so long in one turn, and one step more. */
  constructor(timer: Timer, turnMs: number) {
    this.#timer = timer
    this.#turnMs = turnMs
  }

  /** Takes a step in a turn that has time left. A step is not interrupted. */
  async step<T>(work: () => T): Promise<T> {
    while (this.#spentMs >= this.#turnMs) {
      this.#next ??= this.#rest()
      await this.#next
    }
    const startedMs = this.#timer.monotonicMs()
    try {
      return work()
    } finally {
      this.#spentMs += this.#timer.monotonicMs() - startedMs
    }
  }

  async #rest(): Promise<void> {
    await this.#timer.sleep(0)
    this.#spentMs = 0
    this.#next = undefined
  }
}

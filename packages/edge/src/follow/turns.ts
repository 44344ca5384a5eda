import { setImmediate as endOfTurn } from 'node:timers/promises'
import type { Timer } from '@freshet/wire'

/**
 * Divides reading into short turns of the event loop, over all partitions of an edge together, so that an edge that
 * catches up still answers requests. A reader asks {@link Turns.isOver} before each step. It waits only if the time is
 * used up, so an edge that has caught up applies a record in the turn in which it comes.
 */
export class Turns {
  readonly #timer: Pick<Timer, 'monotonicMs'>
  readonly #turnMs: number
  #spentMs = 0
  /** The end of the turn in progress. A turn of reading begins with its first step. */
  #end: Promise<void> | undefined

  /** `turnMs`: reading takes so long in one turn, and one step more. */
  constructor(timer: Pick<Timer, 'monotonicMs'>, turnMs: number) {
    this.#timer = timer
    this.#turnMs = turnMs
  }

  /** True if the next step has to wait for {@link Turns.next}. */
  get isOver(): boolean {
    return this.#spentMs >= this.#turnMs
  }

  /** Resolves in the next turn, whose time another reader can have used up: ask again. */
  async next(): Promise<void> {
    await this.#end
  }

  /** Takes a step, which is not interrupted, and counts its time. */
  step<T>(work: () => T): T {
    this.#end ??= this.#turn()
    const startedMs = this.#timer.monotonicMs()
    try {
      return work()
    } finally {
      this.#spentMs += this.#timer.monotonicMs() - startedMs
    }
  }

  async #turn(): Promise<void> {
    await endOfTurn()
    this.#spentMs = 0
    this.#end = undefined
  }
}

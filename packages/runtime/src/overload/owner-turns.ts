import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Lets one piece of long work of each owner begin in a turn of the event loop. Other requests continue between
 * two of them, so a heartbeat waits for one batch of a busy source in each of its steps, and not for all of them.
 * The owners are few: an owner is never forgotten.
 */
export class OwnerTurns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves when the owner has its next turn, in the order of the calls. */
  async take(owner: string): Promise<void> {
    const before = this.#last.get(owner) ?? Promise.resolve()
    const turn = before.then(() => nextTurn())
    this.#last.set(owner, turn)
    await turn
  }
}

/** What of a run's faults is left out, so that it can be seen which of them it needs. */
export interface Spared {
  /** Strikes from this number on do not happen. */
  readonly from: number
  /** Nor do these. */
  readonly numbers: ReadonlySet<number>
}

/** Nothing is left out. */
export const NOTHING_SPARED: Spared = { from: Infinity, numbers: new Set() }

/**
 * Numbers everything that goes wrong in a run, in its order. A strike that is left out has been drawn
 * all the same, so a run is what it was up to there.
 */
export class Strikes {
  readonly #spared: Spared
  readonly #happened: number[] = []
  #next = 0

  constructor(spared: Spared) {
    this.#spared = spared
  }

  /** Whether the next one happens. */
  next(): boolean {
    const number = this.#next++
    const isSpared = number >= this.#spared.from || this.#spared.numbers.has(number)
    if (!isSpared) this.#happened.push(number)
    return !isSpared
  }

  /** The numbers of those that happened. */
  get happened(): readonly number[] {
    return this.#happened
  }
}

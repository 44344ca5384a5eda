/** The strikes of a run that are left out, to find which of them it needs. */
export interface Spared {
  /** Strikes from this number on do not happen. */
  readonly from: number
  /** Strikes with these numbers do not happen, either. */
  readonly numbers: ReadonlySet<number>
}

/** No strike is left out. */
export const NOTHING_SPARED: Spared = { from: Infinity, numbers: new Set() }

/**
 * Numbers every strike of a run, in its order. A strike that is left out has been drawn all the same, so the
 * run is unchanged up to there.
 */
export class Strikes {
  readonly #spared: Spared
  readonly #happened: number[] = []
  #next = 0

  constructor(spared: Spared) {
    this.#spared = spared
  }

  /** Returns whether the next one happens. */
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

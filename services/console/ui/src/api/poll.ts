/** A question that is asked again and again. */
export type PolledQuestion = (signal: AbortSignal) => Promise<void>

/**
 * Asks one question at a time. A turn is skipped while the question before it has no answer: a slow console
 * gets no second one, and the time-out of the first can end.
 */
export class Poll {
  readonly #ask: PolledQuestion
  #underWay: AbortController | undefined
  #isWanted = false
  #isOutdated = false
  #isEnded = false

  constructor(ask: PolledQuestion) {
    this.#ask = ask
  }

  /** Asks, unless a question is under way. One from before a sleep is given up. */
  turn(): void {
    if (this.#isOutdated) this.#giveUp()
    if (this.#underWay === undefined) this.#begin()
  }

  /**
   * Marks the question under way as one from before a sleep: its answer can be lost. The next turn asks anew, also if
   * the page is still hidden when it wakes up.
   */
  outdate(): void {
    this.#isOutdated = true
  }

  /** Asks, or asks once more after the question under way: its answer can be from before the event. */
  again(): void {
    this.#isWanted = this.#underWay !== undefined
    this.turn()
  }

  /** Gives up the question under way, and asks no other. */
  end(): void {
    this.#isEnded = true
    this.#giveUp()
  }

  #giveUp(): void {
    this.#underWay?.abort()
    this.#underWay = undefined
    this.#isWanted = false
    this.#isOutdated = false
  }

  #begin(): void {
    if (this.#isEnded) return
    const own = new AbortController()
    this.#underWay = own
    void this.#ask(own.signal).finally(() => {
      if (this.#underWay !== own) return
      this.#underWay = undefined
      if (!this.#isWanted) return
      this.#isWanted = false
      this.#begin()
    })
  }
}

/** A time in which something did not work, from its last success to its next one. */
export interface Outage {
  readonly what: string
  readonly fromMs: number
  readonly toMs: number
}

interface Seen {
  lastGoodMs: number
  isBad: boolean
}

/** The outages of everything that the witness tries repeatedly. */
export class Outages {
  readonly #seen = new Map<string, Seen>()
  readonly #ended: Outage[] = []

  /** Records an attempt. The first one of its kind begins its record. */
  saw(what: string, isGood: boolean, atMs: number): void {
    const seen = this.#seen.get(what) ?? { lastGoodMs: atMs, isBad: false }
    this.#seen.set(what, seen)
    if (!isGood) {
      seen.isBad = true
      return
    }
    if (seen.isBad) this.#ended.push({ what, fromMs: seen.lastGoodMs, toMs: atMs })
    seen.lastGoodMs = Math.max(seen.lastGoodMs, atMs)
    seen.isBad = false
  }

  /** Returns true if the last attempt of each kind succeeded. */
  isClear(): boolean {
    return [...this.#seen.values()].every(({ isBad }) => !isBad)
  }

  /** Returns the names of all kinds of attempts. */
  kinds(): readonly string[] {
    return [...this.#seen.keys()]
  }

  /** Returns all outages. One that has not ended lasts until `nowMs`. */
  until(nowMs: number): readonly Outage[] {
    const open = [...this.#seen]
      .filter(([, { isBad }]) => isBad)
      .map(([what, { lastGoodMs }]) => ({ what, fromMs: lastGoodMs, toMs: nowMs }))
    return [...this.#ended, ...open]
  }
}

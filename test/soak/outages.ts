/** A time in which something did not work, from its last success to its next one. */
export interface Outage {
  readonly what: string
  readonly fromMs: number
  /** The time of the first failure. */
  readonly badMs: number
  readonly toMs: number
}

interface Seen {
  lastGoodMs: number
  /** The time of the first failure since the last success. */
  badMs: number | undefined
}

/** The outages of everything that the witness tries repeatedly. */
export class Outages {
  readonly #seen = new Map<string, Seen>()
  readonly #ended: Outage[] = []

  /** Records an attempt. The first one of its kind begins its record. */
  saw(what: string, isGood: boolean, atMs: number): void {
    const seen = this.#seen.get(what) ?? { lastGoodMs: atMs, badMs: undefined }
    this.#seen.set(what, seen)
    const { lastGoodMs, badMs } = seen
    if (!isGood) {
      seen.badMs ??= atMs
      return
    }
    if (badMs !== undefined) this.#ended.push({ what, fromMs: lastGoodMs, badMs, toMs: atMs })
    seen.lastGoodMs = atMs
    seen.badMs = undefined
  }

  /** Returns true if the last attempt of each kind succeeded. */
  isClear(): boolean {
    return [...this.#seen.values()].every(({ badMs }) => badMs === undefined)
  }

  /** Returns all outages. One that has not ended lasts until `nowMs`. */
  until(nowMs: number): readonly Outage[] {
    const open = [...this.#seen].flatMap(([what, { lastGoodMs, badMs }]) =>
      badMs === undefined ? [] : [{ what, fromMs: lastGoodMs, badMs, toMs: nowMs }],
    )
    return [...this.#ended, ...open]
  }
}

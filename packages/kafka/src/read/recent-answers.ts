/** The time in which answers count. */
export const RECENT_MS = 1_000
/** So many answers with records in that time make a loop busy. The heartbeats of a few sources are fewer. */
export const BUSY_ANSWERS = 8

/** The answers with records that a loop got last. */
export class RecentAnswers {
  readonly #monotonicMs: () => number
  #atMs: readonly number[] = []

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs
  }

  /** Called with each answer that has records. */
  note(): void {
    this.#atMs = [...this.#atMs, this.#monotonicMs()].slice(-BUSY_ANSWERS)
  }

  /** True while records come so often that a request with other loops would be answered for them all the time. */
  get areMany(): boolean {
    const [first] = this.#atMs
    if (first === undefined || this.#atMs.length < BUSY_ANSWERS) return false
    return this.#monotonicMs() - first < RECENT_MS
  }
}

import type { RecordRead } from './follow-event.ts'

/** The last records that were read and are not yet covered by a checkpoint: bounded, oldest lost. */
export class UncoveredRing<R> {
  readonly #max: number
  #entries: RecordRead<R>[] = []

  constructor(max: number) {
    this.#max = max
  }

  push(entry: RecordRead<R>): void {
    this.#entries.push(entry)
    // Trimmed at twice the bound, so that a flood of forged records costs O(1) each.
    if (this.#entries.length > 2 * this.#max) this.#entries = this.#entries.slice(-this.#max)
  }

  /** The `count` records directly before here, or undefined if so many were not read in a row. */
  last(count: number): readonly RecordRead<R>[] | undefined {
    if (count > this.#max || count > this.#entries.length) return undefined
    return count === 0 ? [] : this.#entries.slice(-count)
  }

  /** A checkpoint, good or bad, ends what a later one could cover. */
  clear(): void {
    this.#entries = []
  }
}

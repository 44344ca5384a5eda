import { APPLIES_MAX, type EdgeApply } from '@freshet/events'

/**
 * What a partition applied since the last report. Beyond the limit the newest takes the place of
 * the one before it: what stood between is then reported as applied later than it was, never
 * earlier.
 */
export class ApplyNotes {
  #notes: EdgeApply[] = []

  add(note: EdgeApply): void {
    if (this.#notes.length >= APPLIES_MAX) this.#notes.pop()
    this.#notes.push(note)
  }

  take(): readonly EdgeApply[] {
    const taken = this.#notes
    this.#notes = []
    return taken
  }
}

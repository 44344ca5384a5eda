import { APPLIES_MAX, type EdgeApply } from '@freshet/events'

/**
 * What a partition applied since the last report. Beyond the limit the newest takes the place of
 * the one before it: what stood between is then reported as applied later than it was, never
 * earlier.
 */
export class ApplyNotes {
  #notes: EdgeApply[] = []

  add(note: EdgeApply): void {
    const replaced = this.#notes.length < APPLIES_MAX ? undefined : this.#notes.pop()
    this.#notes.push(replaced === undefined ? note : together(replaced, note))
  }

  take(): readonly EdgeApply[] {
    const taken = this.#notes
    this.#notes = []
    return taken
  }
}

/** What was complete for both only is complete for the two. */
function together(replaced: EdgeApply, { allowsSinceMs, ...note }: EdgeApply): EdgeApply {
  if (allowsSinceMs === undefined || replaced.allowsSinceMs === undefined) return note
  return { ...note, allowsSinceMs: Math.max(replaced.allowsSinceMs, allowsSinceMs) }
}

import { APPLIES_MAX, type EdgeApply } from '@freshet/wire'

/**
 * The applies of a partition since the last report. Beyond the limit, the newest replaces the one before it:
 * the records between them are then reported as applied later than they were, never earlier.
 */
export class ApplyNotes {
  #notes: EdgeApply[] = []

  add(note: EdgeApply): void {
    const replaced = this.#notes.length < APPLIES_MAX ? undefined : this.#notes.pop()
    this.#notes.push(replaced === undefined ? note : joined(replaced, note))
  }

  take(): readonly EdgeApply[] {
    const taken = this.#notes
    this.#notes = []
    return taken
  }
}

/** A joined entry is complete only since the time from which on both were. */
function joined(replaced: EdgeApply, { allowsSinceMs, ...note }: EdgeApply): EdgeApply {
  if (allowsSinceMs === undefined || replaced.allowsSinceMs === undefined) return note
  return { ...note, allowsSinceMs: Math.max(replaced.allowsSinceMs, allowsSinceMs) }
}

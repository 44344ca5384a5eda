/** A source is watched so long at least, and twice as long at most. */
const WINDOW_MS = 600_000
/** The fastest way between two clocks is known after this many changes, and not after a slow one. */
const SURE_AFTER = 5

interface Window {
  readonly fromMs: number
  readonly least: number
  readonly seen: number
}

/**
 * The least that appends were behind commits lately, by source: what differs between their clocks, and the
 * fastest way between them. Below zero the source's clock is ahead. Sources come from the registry.
 */
export class SkewWatch {
  readonly #windows = new Map<string, { readonly before?: Window; readonly now: Window }>()

  /** A change of the source was appended so long after its commit. */
  see(source: string, commitToAppendMs: number, atMs: number): void {
    const known = this.#windows.get(source)
    const isOver = known === undefined || atMs - known.now.fromMs >= WINDOW_MS
    if (isOver) {
      const now = { fromMs: atMs, least: commitToAppendMs, seen: 1 }
      this.#windows.set(source, known ? { before: known.now, now } : { now })
      return
    }
    const least = Math.min(known.now.least, commitToAppendMs)
    this.#windows.set(source, { ...known, now: { ...known.now, least, seen: known.now.seen + 1 } })
  }

  /** `undefined` where nothing was seen. */
  of(source: string): number | undefined {
    const known = this.#windows.get(source)
    return known && Math.min(known.now.least, known.before?.least ?? known.now.least)
  }

  /** Returns the same, `undefined` also where fewer than five changes were seen. */
  surely(source: string): number | undefined {
    const known = this.#windows.get(source)
    const seen = (known?.now.seen ?? 0) + (known?.before?.seen ?? 0)
    return seen < SURE_AFTER ? undefined : this.of(source)
  }
}

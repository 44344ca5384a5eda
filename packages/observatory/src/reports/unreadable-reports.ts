/** Names of edges that are remembered within a minute; who comes after them is counted alone. */
const NAMES_MAX = 100
/** Characters of a name that are told: it stands in the key of a record that nobody could read. */
const NAME_LENGTH_MAX = 256
const ONCE_PER_MS = 60_000

/** Says of whom it is told that a report could not be read: of each edge once a minute. */
export class UnreadableReports {
  readonly #told = new Set<string>()
  #sinceMs = Number.NEGATIVE_INFINITY

  /** The edge that the key names, if it is to be told of now. */
  see(key: Uint8Array | null, nowMs: number): string | undefined {
    if (nowMs - this.#sinceMs >= ONCE_PER_MS) {
      this.#told.clear()
      this.#sinceMs = nowMs
    }
    const edge = nameOf(key)
    if (this.#told.size >= NAMES_MAX || this.#told.has(edge)) return undefined
    this.#told.add(edge)
    return edge
  }
}

function nameOf(key: Uint8Array | null): string {
  // Four bytes hold any character; what is beyond is not told anyway.
  const bytes = (key ?? new Uint8Array()).subarray(0, 4 * NAME_LENGTH_MAX)
  return new TextDecoder().decode(bytes).slice(0, NAME_LENGTH_MAX)
}

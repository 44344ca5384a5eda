/** Names of edges that are remembered within a minute; a report of a further edge is only counted. */
const NAMES_MAX = 100
/** Characters of a name that are logged: it is in the key of an unreadable record. */
const NAME_LENGTH_MAX = 256
const ONCE_PER_MS = 60_000

/** Names each edge once a minute, so that no flood of reports fills a log. */
export class NamedOnce {
  readonly #named = new Set<string>()
  #sinceMs = Number.NEGATIVE_INFINITY

  /** The name, if it was not named within the minute; else `undefined`. */
  see(name: string, nowMs: number): string | undefined {
    if (nowMs - this.#sinceMs >= ONCE_PER_MS) {
      this.#named.clear()
      this.#sinceMs = nowMs
    }
    const edge = name.slice(0, NAME_LENGTH_MAX)
    if (this.#named.size >= NAMES_MAX || this.#named.has(edge)) return undefined
    this.#named.add(edge)
    return edge
  }
}

/** The name of an edge in the key of its record. */
export function nameInKey(key: Uint8Array | null): string {
  // Four bytes hold any character; what is beyond is not logged anyway.
  return new TextDecoder().decode((key ?? new Uint8Array()).subarray(0, 4 * NAME_LENGTH_MAX))
}

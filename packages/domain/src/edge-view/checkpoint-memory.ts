/**
 * Every matched checkpoint since base, as hash → previous, and which of them are trusted.
 *
 * Trusted and untrusted ones are bounded apart: who replays old checkpoints can push out only
 * what nobody vouches for, never the path that the next heartbeat continues.
 */
export class CheckpointMemory {
  readonly #max: number
  readonly #trusted = new Map<string, string | null>()
  readonly #untrusted = new Map<string, string | null>()
  /** Previous ones that were unknown when named: where a walk can fall off. */
  readonly #awaited = new Map<string, null>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#trusted.size + this.#untrusted.size
  }

  has(hash: string): boolean {
    return this.#trusted.has(hash) || this.#untrusted.has(hash)
  }

  isTrusted(hash: string): boolean {
    return this.#trusted.has(hash)
  }

  /** Remembers a matched checkpoint; it is trusted if its previous one is. */
  add(hash: string, previous: string | null): void {
    if (this.has(hash)) return
    const trusted = previous !== null && this.#trusted.has(previous)
    if (previous !== null && !this.has(previous)) {
      this.#awaited.set(previous, null)
      if (this.#awaited.size > this.#max) dropOldest(this.#awaited)
    }
    const home = trusted ? this.#trusted : this.#untrusted
    home.set(hash, previous)
    if (home.size > this.#max) dropOldest(home)
  }

  /**
   * Whether a path could end at `base` at all. Without it an edge that starts on a long topic
   * walks to the first record for every heartbeat of the first base age.
   */
  mayEndAt(base: string): boolean {
    return this.#trusted.size > 0 || this.#untrusted.has(base) || this.#awaited.has(base)
  }

  /**
   * The untrusted checkpoints from `hash` back to a trusted one or to `isAnchor`, oldest first;
   * undefined if the path is broken. An anchor needs no record of its own: it only has to be named.
   */
  pathBack(
    hash: string,
    isAnchor: (hash: string, previous: string | null) => boolean,
  ): readonly string[] | undefined {
    const path: string[] = []
    let at = hash
    while (!this.#trusted.has(at)) {
      const previous = this.#untrusted.get(at)
      if (previous !== undefined) path.push(at)
      if (isAnchor(at, previous ?? null)) return path.toReversed()
      if (previous === undefined || previous === null) return undefined
      // Hashes cannot run in a circle; a caller's mistake must not run for ever.
      if (path.length > this.#untrusted.size) return undefined
      at = previous
    }
    return path.toReversed()
  }

  trust(path: readonly string[]): void {
    for (const hash of path) {
      const previous = this.#untrusted.get(hash)
      if (previous === undefined) continue
      this.#untrusted.delete(hash)
      this.#trusted.set(hash, previous)
    }
    while (this.#trusted.size > this.#max) dropOldest(this.#trusted)
  }

  /** Forgets what was trusted before `base`, if base is known here. */
  pruneBefore(base: string): void {
    if (!this.#trusted.has(base)) return
    for (const hash of this.#trusted.keys()) {
      if (hash === base) return
      this.#trusted.delete(hash)
    }
  }

  clear(): void {
    this.#trusted.clear()
    this.#untrusted.clear()
    this.#awaited.clear()
  }
}

function dropOldest(from: Map<string, unknown>): void {
  for (const hash of from.keys()) {
    from.delete(hash)
    return
  }
}

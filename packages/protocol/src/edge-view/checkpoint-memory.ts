import type { CheckpointRef } from '../checkpoint/checkpoint.ts'
/** The share of a full memory that remains after the oldest entries were dropped. */
const KEPT_SHARE = 7 / 8

/**
 * Every matched checkpoint since base, as hash → previous, and which of them are trusted.
 *
 * Trusted and untrusted ones have separate limits: an attacker who replays old checkpoints can push out only
 * untrusted ones, never the path that the next heartbeat continues.
 */
export class CheckpointMemory {
  readonly #max: number
  readonly #trusted = new Set<string>()
  readonly #untrusted = new Map<string, string | null>()
  /** Previous ones that were unknown when named: where a walk can fall off. */
  readonly #awaited = new Map<string, null>()
  /** Checkpoints from which everything was read back to `#start`. */
  readonly #reached = new Set<string>()
  #start: string | undefined
  /** Offset of the last base. */
  #prunedTo = -1n

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

  /**
   * Reading begins behind this checkpoint. A path back to it then needs no memory of every step: a long one
   * is complete once a heartbeat that names this base is reached. Nothing is trusted by this alone.
   */
  beginAt(start: string): void {
    this.#start = start
    this.#reached.clear()
  }

  /** Remembers a matched checkpoint; it is trusted if its previous one is. */
  add(hash: string, previous: string | null): void {
    if (this.#trusted.has(hash)) return
    this.#reach(hash, previous)
    if (this.#untrusted.has(hash)) return
    if (previous !== null && this.#trusted.has(previous)) {
      this.#trusted.add(hash)
      dropOldest(this.#trusted, this.#max)
      return
    }
    if (previous !== null && !this.has(previous)) {
      this.#awaited.set(previous, null)
      dropOldest(this.#awaited, this.#max)
    }
    this.#untrusted.set(hash, previous)
    dropOldest(this.#untrusted, this.#max)
  }

  #reach(hash: string, previous: string | null): void {
    if (this.#start === undefined || previous === null) return
    if (previous !== this.#start && !this.#reached.has(previous)) return
    this.#reached.add(hash)
    dropOldest(this.#reached, this.#max)
  }

  /**
   * Returns whether a path could end at `base` at all. Without this check, an edge that starts on a long
   * topic walks to the first record for every heartbeat of the first base age.
   */
  mayEndAt(base: string): boolean {
    return this.#trusted.size > 0 || this.#untrusted.has(base) || this.#awaited.has(base)
  }

  /**
   * The untrusted checkpoints from `hash` back to a trusted one or to `base`, oldest first; undefined if the
   * path is broken. A base needs no record of its own: it only has to be named. If the path is longer than the
   * memory, the forgotten steps are left out.
   */
  pathBack(hash: string, base: string): readonly string[] | undefined {
    const path: string[] = []
    let at = hash
    while (!this.#trusted.has(at)) {
      if (this.#reached.has(at) && this.#start === base)
        return [...this.#reached, ...path.toReversed()]
      const previous = this.#untrusted.get(at)
      if (previous !== undefined) path.push(at)
      if (at === base) return path.toReversed()
      if (previous === undefined || previous === null) return undefined
      // Hashes cannot run in a circle; a caller's mistake must not run for ever.
      if (path.length > this.#untrusted.size) return undefined
      at = previous
    }
    return path.toReversed()
  }

  trust(path: readonly string[]): void {
    for (const hash of path) {
      if (this.#untrusted.delete(hash)) this.#trusted.add(hash)
    }
    dropOldest(this.#trusted, this.#max)
    if (this.#reached.has(path.at(-1) ?? '')) this.#forgetStart()
  }

  /**
   * Forgets what was trusted before a base that is later than the last one, if it is known here. A heartbeat
   * that is read again can count once its list of tenants is known. A record before the heartbeat's base can
   * then follow it, and must not count as unread.
   */
  pruneBefore({ hash: base, offset }: CheckpointRef): void {
    if (offset <= this.#prunedTo) return
    this.#prunedTo = offset
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
    this.#prunedTo = -1n
    this.#forgetStart()
  }

  #forgetStart(): void {
    this.#start = undefined
    this.#reached.clear()
  }
}

/**
 * Some at once: the engine passes over every place that was deleted before to find the oldest, so one at a time
 * would take longer than all else that is done with a checkpoint.
 */
function dropOldest(from: Map<string, unknown> | Set<string>, max: number): void {
  if (from.size <= max) return
  const kept = Math.ceil(max * KEPT_SHARE)
  for (const hash of from.keys()) {
    if (from.size <= kept) return
    from.delete(hash)
  }
}

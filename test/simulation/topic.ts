/** One partition of a topic: the records of the broker, with retention and the loss of its tail. */
export class Topic<T> {
  earliest = 0
  /** Grows when a tail is lost: readers see it as a change of leader. */
  leaderEpoch = 0
  readonly #entries: { readonly entry: T; readonly atMs: number }[] = []

  get end(): number {
    return this.#entries.length
  }

  append(entries: readonly T[], nowMs: number): number {
    const base = this.end
    for (const entry of entries) this.#entries.push({ entry, atMs: nowMs })
    return base
  }

  at(offset: number): T | undefined {
    return offset < this.earliest ? undefined : this.#entries[offset]?.entry
  }

  /** The broker loses its last records, acknowledged or not. */
  loseTail(count: number): void {
    this.#entries.length = Math.max(this.earliest, this.end - count)
    this.leaderEpoch += 1
  }

  expire(beforeMs: number): void {
    while (this.earliest < this.end - 1 && (this.#entries[this.earliest]?.atMs ?? 0) < beforeMs)
      this.earliest += 1
  }
}

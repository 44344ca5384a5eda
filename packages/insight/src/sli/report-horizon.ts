/**
 * The time up to which every report of the edges is known. An edge's silence counts only up to this time: a
 * late reader of the reports would otherwise take all edges for closed.
 */
export class ReportHorizon {
  readonly #caughtUpMs = new Map<number, number | undefined>()

  /** These partitions are followed from now on; what was caught up with stays so. */
  follow(partitions: readonly number[]): void {
    for (const partition of partitions)
      if (!this.#caughtUpMs.has(partition)) this.#caughtUpMs.set(partition, undefined)
  }

  /** Nothing was left in the partition when the broker answered; that was at this time or later. */
  caughtUp(partition: number, atMs: number): void {
    const before = this.#caughtUpMs.get(partition) ?? Number.NEGATIVE_INFINITY
    this.#caughtUpMs.set(partition, Math.max(before, atMs))
  }

  /** `null` until every partition was read to its end once. */
  get untilMs(): number | null {
    const times = [...this.#caughtUpMs.values()]
    if (times.length === 0 || times.includes(undefined)) return null
    return Math.min(...times.filter((time) => time !== undefined))
  }
}

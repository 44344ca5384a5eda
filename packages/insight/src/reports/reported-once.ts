/** Edges whose last report is kept, so that a report that is read again does not count twice. */
const EDGES_MAX = 20_000

/** The time of the last report of each edge, for the counts that take each report once. */
export class ReportedOnce {
  readonly #reported = new Map<string, number>()

  /** Returns whether a report is later than each one of its edge before. */
  isNew(edge: string, atMs: number): boolean {
    if (atMs <= (this.#reported.get(edge) ?? 0)) return false
    this.#reported.delete(edge)
    this.#reported.set(edge, atMs)
    const [oldest] = this.#reported.keys()
    if (this.#reported.size > EDGES_MAX && oldest !== undefined) this.#reported.delete(oldest)
    return true
  }
}

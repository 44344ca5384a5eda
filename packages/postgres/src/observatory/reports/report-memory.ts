import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import type { FoldedReports } from './fold-reports.ts'
import { startKey, type KnownSoFar } from './known-so-far.ts'

/** Edges, and starts, that are remembered; with more everything is read again. */
const REMEMBERED_MAX = 2 * COUNTED_EDGES_MAX

/**
 * The rows that keeping reports has left in the database, as long as no other process keeps any: thousands of
 * edges report every second, and each report would read the row of the one before.
 */
export class ReportMemory {
  readonly edges: Map<string, KnownSoFar> = new Map()
  /** Number of the last report, by `startKey`. */
  readonly starts: Map<string, number> = new Map()
  #turn: bigint | undefined

  /** A turn begins; what others may have changed is forgotten. */
  begin(turn: bigint): void {
    if (this.#turn === undefined || turn !== this.#turn + 1n) this.clear()
  }

  /** Takes the rows that this turn stored. */
  settle(turn: bigint, { edges, starts }: Pick<FoldedReports, 'edges' | 'starts'>): void {
    for (const { report, soFar } of edges) this.edges.set(report.edge, soFar)
    for (const { report } of starts) this.starts.set(startKey(report.edge, report.start), report.n)
    this.#turn = turn
    if (Math.max(this.edges.size, this.starts.size) > REMEMBERED_MAX) this.clear()
  }

  /** Everything is read again. */
  clear(): void {
    this.edges.clear()
    this.starts.clear()
    this.#turn = undefined
  }
}

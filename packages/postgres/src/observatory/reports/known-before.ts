import { COUNTED_WITHIN_MS, EXACT_EDGES_MAX, COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import { isNumbered } from '@freshet/wire'
import type { ReceivedReport } from '@freshet/insight'
import { columnsOf, texts } from '../../rows/columns.ts'
import type { Queryable } from '../../connection/query.ts'
import {
  lockReports,
  selectEdgesSoFar,
  selectStartsSoFar,
  takeTurnAndCount,
} from './report-statements.ts'
import { startKey, type KnownBefore, type KnownSoFar } from './known-so-far.ts'
import { signerIn, type SignerColumns, type StoredPartition } from '../select-edges.ts'
import type { FoldedReports } from './fold-reports.ts'

interface EdgeRow extends SignerColumns, Record<string, unknown> {
  edge: string
  reported_at_ms: bigint
  heard_at_ms: bigint | null
  live_since_ms: bigint | null
  partitions: readonly StoredPartition[]
}

interface StartRow extends Record<string, unknown> {
  edge: string
  start: string
  n: bigint
}

/** Returns the known state under a lock until the transaction ends; it is read if it is not remembered. */
export async function knownBefore(
  tx: Queryable,
  memory: ReportMemory,
  reports: readonly ReceivedReport[],
): Promise<KnownBefore> {
  const latestMs = reports.reduce((latest, each) => Math.max(latest, each.reportedAtMs), 0)
  const counted = [latestMs - COUNTED_WITHIN_MS, EXACT_EDGES_MAX + 1]
  const [, { rows }] = await Promise.all([
    tx.query(lockReports),
    tx.query<{ turn: bigint; edges: bigint }>(takeTurnAndCount, counted),
  ])
  const { turn = 0n, edges: reporting = 0n } = rows[0] ?? {}
  memory.begin(turn)
  await Promise.all([readEdges(tx, memory, reports), readStarts(tx, memory, reports)])
  const isGrouped = Number(reporting) > EXACT_EDGES_MAX
  return { turn, isGrouped, edges: memory.edges, starts: memory.starts }
}

async function readEdges(
  tx: Queryable,
  { edges }: ReportMemory,
  reports: readonly ReceivedReport[],
): Promise<void> {
  const names = new Set(reports.map(({ report }) => report.edge))
  const unknown = [...names].filter((name) => !edges.has(name))
  if (unknown.length === 0) return
  const columns = columnsOf(unknown, [texts((name) => name)])
  const { rows } = await tx.query<EdgeRow>(selectEdgesSoFar, columns)
  for (const row of rows) edges.set(row.edge, toSoFar(row))
}

async function readStarts(
  tx: Queryable,
  { starts }: ReportMemory,
  reports: readonly ReceivedReport[],
): Promise<void> {
  const unknown = reports
    .map(({ report }) => report)
    .filter(isNumbered)
    .filter(({ edge, start }) => !starts.has(startKey(edge, start)))
  if (unknown.length === 0) return
  const columns = columnsOf(unknown, [texts(({ edge }) => edge), texts(({ start }) => start)])
  const { rows } = await tx.query<StartRow>(selectStartsSoFar, columns)
  for (const { edge, start, n } of rows) starts.set(startKey(edge, start), Number(n))
}

function toSoFar(row: EdgeRow): KnownSoFar {
  const { reported_at_ms, heard_at_ms, live_since_ms, partitions } = row
  return {
    signer: signerIn(row),
    reportedAtMs: Number(reported_at_ms),
    lastHeartbeatMs: heard_at_ms === null ? null : Number(heard_at_ms),
    liveSinceMs: live_since_ms === null ? null : Number(live_since_ms),
    applied: new Map(partitions.map(({ partition, applied }) => [partition, BigInt(applied)])),
  }
}

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

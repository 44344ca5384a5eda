import { COUNTED_WITHIN_MS, EXACT_EDGES_MAX, type EdgeSoFar } from '@freshet/domain/slo'
import { isNumbered } from '@freshet/events'
import type { ReceivedReport } from '@freshet/observatory'
import { columnsOf, texts } from '../columns.ts'
import type { Queryable } from '../query.ts'
import {
  countEdges,
  lockReports,
  selectEdgesSoFar,
  selectStartsSoFar,
} from './report-statements.ts'
import type { StoredPartition } from './select-edges.ts'

/** What was known of an edge, and how far it had applied each partition. */
export interface KnownSoFar extends EdgeSoFar {
  readonly applied: ReadonlyMap<number, bigint>
}

/** What was known of those that report before they did. */
export interface KnownBefore {
  readonly edges: ReadonlyMap<string, KnownSoFar>
  /** Too many edges report to keep the applies of each. */
  readonly isGrouped: boolean
  /** Number of the last report, by {@link startKey}. */
  readonly starts: ReadonlyMap<string, number>
}

interface EdgeRow extends Record<string, unknown> {
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

/** By what a start is known. */
export function startKey(edge: string, start: string): string {
  return JSON.stringify([edge, start])
}

/** Reads what is known, alone until the transaction ends. */
export async function knownBefore(
  tx: Queryable,
  reports: readonly ReceivedReport[],
): Promise<KnownBefore> {
  const names = [...new Set(reports.map(({ report }) => report.edge))]
  const starts = reports.map(({ report }) => report).filter(isNumbered)
  const asked = columnsOf(starts, [texts(({ edge }) => edge), texts(({ start }) => start)])
  const latestMs = reports.reduce((latest, each) => Math.max(latest, each.reportedAtMs), 0)
  const counted = [latestMs - COUNTED_WITHIN_MS, EXACT_EDGES_MAX + 1]
  const [, counts, edges, told] = await Promise.all([
    tx.query(lockReports),
    tx.query<{ edges: bigint }>(countEdges, counted),
    tx.query<EdgeRow>(selectEdgesSoFar, columnsOf(names, [texts((name) => name)])),
    tx.query<StartRow>(selectStartsSoFar, asked),
  ])
  return {
    isGrouped: Number(counts.rows[0]?.edges ?? 0) > EXACT_EDGES_MAX,
    edges: new Map(edges.rows.map((row) => [row.edge, toSoFar(row)])),
    starts: new Map(told.rows.map(({ edge, start, n }) => [startKey(edge, start), Number(n)])),
  }
}

function toSoFar({ reported_at_ms, heard_at_ms, live_since_ms, partitions }: EdgeRow): KnownSoFar {
  return {
    reportedAtMs: Number(reported_at_ms),
    heardAtMs: heard_at_ms === null ? null : Number(heard_at_ms),
    liveSinceMs: live_since_ms === null ? null : Number(live_since_ms),
    applied: new Map(partitions.map(({ partition, applied }) => [partition, BigInt(applied)])),
  }
}

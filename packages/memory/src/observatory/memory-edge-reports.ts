import {
  afterReport,
  COUNTED_WITHIN_MS,
  deniedAfter,
  EXACT_EDGES_MAX,
  groupName,
  lastHeartbeatMsOf,
  minuteOf,
  passesOf,
  type ReportSigner,
} from '@freshet/protocol/slo'
import type { EdgeMinute, KnownEdge, ReceivedReport } from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'
import type { EdgeApplyRow } from '../slis/memory-sli-rows.ts'

/** Returns the key of an apply. */
export function applyKey({ partition, edge, upTo }: EdgeApplyRow): string {
  return JSON.stringify([partition, edge, String(upTo)])
}

/** Returns the key of an edge's minute. */
export function minuteKey({ minuteMs, edge }: Pick<EdgeMinute, 'minuteMs' | 'edge'>): string {
  return JSON.stringify([minuteMs, edge])
}

/** Returns whether too many edges report to keep the applies of each. */
export function isTooMany(
  edges: readonly KnownEdge[],
  reports: readonly ReceivedReport[],
): boolean {
  const sinceMs = Math.max(...reports.map((each) => each.reportedAtMs)) - COUNTED_WITHIN_MS
  return edges.filter(({ reportedAtMs }) => reportedAtMs >= sinceMs).length > EXACT_EDGES_MAX
}

/** The relation of a report to the earlier ones. */
export interface ReportTerms {
  readonly isGrouped: boolean
  readonly isNext: boolean
  readonly signer: ReportSigner | null
}

/**
 * Keeps a report: the last state of the edge, the applies of it or its group, and the state of its minute.
 */
export function keepReport(
  database: MemoryDatabase,
  received: ReceivedReport,
  { isGrouped, isNext, signer }: ReportTerms,
): void {
  const { report, reportedAtMs } = received
  const { edge, audience, version, state, partitions } = report
  const known = database.edges.get(edge)
  const isLive = state !== 'starting' && state !== 'closing'
  const before = known && { ...known, lastHeartbeatMs: lastHeartbeatMsOf(known) }
  const after = afterReport(before, { partitions, reportedAtMs, isLive })
  if (after !== undefined) {
    const { liveSinceMs } = after.soFar
    const row = { edge, audience, version, state, partitions, reportedAtMs, liveSinceMs, signer }
    const { unverified } = report
    database.edges.set(edge, unverified === undefined ? row : { ...row, unverified })
    if (after.oldestMs !== null) keepMinute(database.edgeMinutes, received, after.oldestMs)
  }
  if (!isGrouped) keepApplies(database, received)
  if (after !== undefined) keepPasses(database, received, { known, isNext })
}

function keepApplies(
  { edgeApplies }: MemoryDatabase,
  { report: { edge, partitions }, reportedAtMs }: ReceivedReport,
): void {
  for (const { partition, applies } of partitions) {
    for (const apply of applies) {
      const row = { ...apply, partition, edge, reportedAtMs }
      if (edgeApplies.get(applyKey(row)) === undefined) edgeApplies.set(applyKey(row), row)
    }
  }
}

function keepPasses(
  { edgeApplies }: MemoryDatabase,
  { report, reportedAtMs }: ReceivedReport,
  { known, isNext }: { readonly known: KnownEdge | undefined; readonly isNext: boolean },
): void {
  const edge = groupName(report.audience)
  for (const { partition, ...rest } of report.partitions) {
    const before = known?.partitions.find((each) => each.partition === partition)?.applied
    for (const pass of passesOf(rest, { before, reportedAtMs, isNext })) {
      const row = { ...pass, partition, edge, reportedAtMs }
      edgeApplies.set(applyKey(row), worse(edgeApplies.get(applyKey(row)), row))
    }
  }
}

type GroupRow = EdgeApplyRow & Required<Pick<EdgeApplyRow, 'fromOffset'>>

/** Merges two passes of a group: from the first to the last offset of both, with the later time. */
function worse(known: EdgeApplyRow | undefined, row: GroupRow): GroupRow {
  if (known?.fromOffset === undefined) return row
  const { allowsSinceMs: oneSince, ...one } = { ...known, fromOffset: known.fromOffset }
  const { allowsSinceMs: otherSince, ...other } = row
  return {
    ...other,
    fromOffset: one.fromOffset < other.fromOffset ? one.fromOffset : other.fromOffset,
    appendedAtMs: Math.min(one.appendedAtMs, other.appendedAtMs),
    appliedAtMs: Math.max(one.appliedAtMs, other.appliedAtMs),
    reportedAtMs: Math.max(one.reportedAtMs ?? 0, other.reportedAtMs ?? 0),
    ...(oneSince === undefined || otherSince === undefined
      ? {}
      : { allowsSinceMs: Math.max(oneSince, otherSince) }),
  }
}

function keepMinute(
  edgeMinutes: MemoryDatabase['edgeMinutes'],
  { report, reportedAtMs }: ReceivedReport,
  oldestMs: number,
): void {
  const { edge, decisions } = report
  const minuteMs = minuteOf(reportedAtMs)
  const key = minuteKey({ minuteMs, edge })
  const before = edgeMinutes.get(key)
  edgeMinutes.set(key, {
    edge,
    minuteMs,
    oldestMs: Math.max(before?.oldestMs ?? 0, oldestMs),
    allows: (before?.allows ?? 0) + decisions.allow,
    denies: (before?.denies ?? 0) + decisions.deny,
    challenges: (before?.challenges ?? 0) + decisions.challenge,
    ...deniedAfter(before, report),
  })
}

import { afterReport, heardAtMs, minuteOf } from '@freshet/domain/slo'
import type { EdgeMinute, ReceivedReport } from '@freshet/observatory'
import type { MemoryDatabase } from './memory-database.ts'
import type { EdgeApplyRow } from './memory-sli-rows.ts'

/** By what an apply is known. */
export function applyKey({ partition, edge, upTo }: EdgeApplyRow): string {
  return JSON.stringify([partition, edge, String(upTo)])
}

/** By what the minute of an edge is known. */
export function minuteKey({ minuteMs, edge }: Pick<EdgeMinute, 'minuteMs' | 'edge'>): string {
  return JSON.stringify([minuteMs, edge])
}

/** Keeps a report: the edge as it was last, what it applied first, and what is said of its minute. */
export function keepReport(
  { edges, edgeApplies, edgeMinutes }: MemoryDatabase,
  { report, reportedAtMs }: ReceivedReport,
): void {
  const { edge, audience, version, state, partitions } = report
  const known = edges.get(edge)
  const isLive = state !== 'starting' && state !== 'closing'
  const before = known && { ...known, heardAtMs: heardAtMs(known) }
  const after = afterReport(before, { partitions, reportedAtMs, isLive })
  if (after !== undefined) {
    const { liveSinceMs } = after.soFar
    edges.set(edge, { edge, audience, version, state, partitions, reportedAtMs, liveSinceMs })
    if (after.oldestMs !== null) keepMinute(edgeMinutes, { report, reportedAtMs }, after.oldestMs)
  }
  for (const { partition, applies } of partitions) {
    for (const apply of applies) {
      const row = { ...apply, partition, edge, reportedAtMs }
      if (edgeApplies.get(applyKey(row)) === undefined) edgeApplies.set(applyKey(row), row)
    }
  }
}

function keepMinute(
  edgeMinutes: MemoryDatabase['edgeMinutes'],
  { report: { edge, decisions }, reportedAtMs }: ReceivedReport,
  oldestMs: number,
): void {
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
  })
}

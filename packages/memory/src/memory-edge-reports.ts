import { heardAtMs, minuteOf, oldestBetween } from '@freshet/domain/slo'
import type { EdgeReport } from '@freshet/events'
import type { EdgeMinute, KnownEdge } from '@freshet/observatory'
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
  report: EdgeReport,
  reportedAtMs: number,
): void {
  const { edge } = report
  const known = edges.get(edge)
  if (known === undefined || known.reportedAtMs <= reportedAtMs) {
    const isLive = report.state !== 'starting' && report.state !== 'closing'
    const liveSinceMs = isLive ? (known?.liveSinceMs ?? reportedAtMs) : null
    const { audience, version, state, partitions } = report
    edges.set(edge, { edge, audience, version, state, partitions, reportedAtMs, liveSinceMs })
    if (isLive && known?.reportedAtMs !== reportedAtMs) {
      keepMinute(edgeMinutes, report, { known, reportedAtMs })
    }
  }
  for (const { partition, applies } of report.partitions) {
    for (const apply of applies) {
      const row = { ...apply, partition, edge, reportedAtMs }
      if (edgeApplies.get(applyKey(row)) === undefined) edgeApplies.set(applyKey(row), row)
    }
  }
}

function keepMinute(
  edgeMinutes: MemoryDatabase['edgeMinutes'],
  { edge, partitions, decisions }: EdgeReport,
  { known, reportedAtMs }: { known: KnownEdge | undefined; reportedAtMs: number },
): void {
  const minuteMs = minuteOf(reportedAtMs)
  const key = minuteKey({ minuteMs, edge })
  const before = edgeMinutes.get(key)
  const last = known && { reportedAtMs: known.reportedAtMs, heardAtMs: heardAtMs(known) }
  const oldestMs = oldestBetween(last, { partitions, reportedAtMs })
  edgeMinutes.set(key, {
    edge,
    minuteMs,
    oldestMs: Math.max(before?.oldestMs ?? 0, oldestMs),
    allows: (before?.allows ?? 0) + decisions.allow,
    denies: (before?.denies ?? 0) + decisions.deny,
    challenges: (before?.challenges ?? 0) + decisions.challenge,
  })
}

import { afterReport, minuteOf, type EdgeSoFar } from '@freshet/domain/slo'
import { isNumbered, type EdgeReport, type NumberedReport } from '@freshet/events'
import type { EdgeMinute, ReceivedReport } from '@freshet/observatory'
import { startKey, type KnownBefore } from './known-before.ts'

/** An edge as it is to be stored. */
export interface EdgeToStore {
  readonly report: EdgeReport
  readonly soFar: EdgeSoFar
}

/** A start as it is to be stored. */
export interface StartToStore {
  readonly report: NumberedReport
  readonly firstAtMs: number
  readonly lastAtMs: number
}

/** One row for each thing that reports say, whatever the number of reports. Ordered by edge. */
export interface FoldedReports {
  readonly edges: readonly EdgeToStore[]
  readonly minutes: readonly EdgeMinute[]
  readonly starts: readonly StartToStore[]
  /** Those whose number is new. */
  readonly counted: readonly ReceivedReport[]
}

/** Takes reports in, in their order, after what was known before. */
export function foldReports(known: KnownBefore, reports: readonly ReceivedReport[]): FoldedReports {
  const starts = new Map<string, StartToStore>()
  const counted = reports.filter((each) => foldStart(starts, known, each))
  return { ...foldEdges(known, reports), starts: [...starts.values()], counted }
}

function foldEdges(
  known: KnownBefore,
  reports: readonly ReceivedReport[],
): Pick<FoldedReports, 'edges' | 'minutes'> {
  const edges = new Map<string, EdgeToStore>()
  const minutes = new Map<string, EdgeMinute>()
  for (const { report, reportedAtMs } of reports) {
    const { edge, state, partitions } = report
    const isLive = state !== 'starting' && state !== 'closing'
    const before = edges.get(edge)?.soFar ?? known.edges.get(edge)
    const after = afterReport(before, { reportedAtMs, partitions, isLive })
    if (after === undefined) continue
    edges.set(edge, { report, soFar: after.soFar })
    if (after.oldestMs !== null) foldMinute(minutes, { report, reportedAtMs }, after.oldestMs)
  }
  return { edges: [...edges.values()], minutes: [...minutes.values()] }
}

function foldMinute(
  minutes: Map<string, EdgeMinute>,
  { report: { edge, decisions }, reportedAtMs }: ReceivedReport,
  oldestMs: number,
): void {
  const minuteMs = minuteOf(reportedAtMs)
  const key = `${minuteMs} ${edge}`
  const sum = minutes.get(key)
  minutes.set(key, {
    edge,
    minuteMs,
    oldestMs: Math.max(sum?.oldestMs ?? 0, oldestMs),
    allows: added(sum?.allows, decisions.allow),
    denies: added(sum?.denies, decisions.deny),
    challenges: added(sum?.challenges, decisions.challenge),
  })
}

/** Whoever reports what: a count stays one that can be stored. */
function added(one = 0, other: number): number {
  return Math.min(one + other, Number.MAX_SAFE_INTEGER)
}

function foldStart(
  starts: Map<string, StartToStore>,
  known: KnownBefore,
  { report, reportedAtMs }: ReceivedReport,
): boolean {
  if (!isNumbered(report)) return false
  const key = startKey(report.edge, report.start)
  const before = starts.get(key)
  const n = before?.report.n ?? known.starts.get(key)
  if (n !== undefined && report.n <= n) return false
  const firstAtMs = before?.firstAtMs ?? reportedAtMs
  const lastAtMs = Math.max(before?.lastAtMs ?? 0, reportedAtMs)
  starts.set(key, { report, firstAtMs, lastAtMs })
  return true
}

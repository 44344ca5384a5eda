import { afterReport, minuteOf } from '@freshet/domain/slo'
import { isNumbered, type EdgeReport, type NumberedReport } from '@freshet/events'
import type { EdgeMinute, ReceivedReport } from '@freshet/observatory'
import { startKey, type KnownBefore, type KnownSoFar } from './known-before.ts'
import { WorstPasses, type GroupPass } from './worst-passes.ts'

/** An edge as it is to be stored. */
export interface EdgeToStore {
  readonly report: EdgeReport
  readonly soFar: KnownSoFar
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
  /** Of groups, whether each edge is kept or not. */
  readonly passes: readonly GroupPass[]
  /** Those whose number is new. */
  readonly counted: readonly ReceivedReport[]
}

/** Takes reports in, in their order, after what was known before. */
export function foldReports(known: KnownBefore, reports: readonly ReceivedReport[]): FoldedReports {
  const folding: Folding = {
    known,
    edges: new Map(),
    minutes: new Map(),
    starts: new Map(),
    passes: new WorstPasses(),
  }
  const counted = reports.filter((each) => foldReport(folding, each))
  const { edges, minutes, starts, passes } = folding
  return {
    edges: [...edges.values()],
    minutes: [...minutes.values()],
    starts: [...starts.values()],
    passes: passes.rows,
    counted,
  }
}

interface Folding {
  readonly known: KnownBefore
  readonly edges: Map<string, EdgeToStore>
  readonly minutes: Map<string, EdgeMinute>
  readonly starts: Map<string, StartToStore>
  readonly passes: WorstPasses
}

/** Whether its number is new. */
function foldReport(folding: Folding, received: ReceivedReport): boolean {
  const { known, edges, minutes, passes } = folding
  const { report, reportedAtMs } = received
  const { edge, state, partitions } = report
  const { isNew, isNext } = foldStart(folding, received)
  const isLive = state !== 'starting' && state !== 'closing'
  const before = edges.get(edge)?.soFar ?? known.edges.get(edge)
  const after = afterReport(before, { reportedAtMs, partitions, isLive })
  if (after === undefined) return isNew
  passes.add(received, { applied: before?.applied, isNext })
  const applied = new Map(partitions.map((each) => [each.partition, each.applied]))
  edges.set(edge, { report, soFar: { ...after.soFar, applied } })
  if (after.oldestMs !== null) foldMinute(minutes, received, after.oldestMs)
  return isNew
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

/** Whether its number is new, and follows the one before it. */
function foldStart(
  { known, starts }: Folding,
  { report, reportedAtMs }: ReceivedReport,
): { readonly isNew: boolean; readonly isNext: boolean } {
  if (!isNumbered(report)) return { isNew: false, isNext: false }
  const key = startKey(report.edge, report.start)
  const before = starts.get(key)
  const n = before?.report.n ?? known.starts.get(key)
  if (n !== undefined && report.n <= n) return { isNew: false, isNext: false }
  const firstAtMs = before?.firstAtMs ?? reportedAtMs
  const lastAtMs = Math.max(before?.lastAtMs ?? 0, reportedAtMs)
  starts.set(key, { report, firstAtMs, lastAtMs })
  return { isNew: true, isNext: n !== undefined && report.n === n + 1 }
}

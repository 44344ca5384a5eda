import {
  admitReport,
  afterReport,
  deniedAfter,
  minuteOf,
  type ReportSigner,
  groupName,
  passesOf,
  type Pass,
} from '@freshet/protocol/slo'
import { isNumbered, type EdgeReport, type NumberedReport } from '@freshet/wire'
import type { EdgeMinute, IgnoredReport, ReceivedReport } from '@freshet/insight'
import { startKey, type KnownBefore, type KnownSoFar } from './known-so-far.ts'

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

/** One row for each thing in the reports, whatever the number of reports. Ordered by edge. */
export interface FoldedReports {
  readonly edges: readonly EdgeToStore[]
  readonly minutes: readonly EdgeMinute[]
  readonly starts: readonly StartToStore[]
  /** The applies of groups, also if each edge is kept. */
  readonly passes: readonly GroupPass[]
  /** Those that change something. */
  readonly admitted: readonly ReceivedReport[]
  /** The admitted reports whose number is new. */
  readonly counted: readonly ReceivedReport[]
  readonly ignored: readonly IgnoredReport[]
}

/** Takes reports in, in their order, after what was known before. */
export function foldReports(known: KnownBefore, reports: readonly ReceivedReport[]): FoldedReports {
  const folding: Folding = {
    known,
    edges: new Map(),
    minutes: new Map(),
    starts: new Map(),
    passes: new WorstPasses(),
    ignored: [],
  }
  const admitted: ReceivedReport[] = []
  const counted: ReceivedReport[] = []
  for (const each of reports) {
    const signer = admit(folding, each)
    if (signer === undefined) continue
    admitted.push(each)
    if (foldReport(folding, each, signer)) counted.push(each)
  }
  const { edges, minutes, starts, passes, ignored } = folding
  return {
    edges: [...edges.values()],
    minutes: [...minutes.values()],
    starts: [...starts.values()],
    passes: passes.rows,
    admitted,
    counted,
    ignored,
  }
}

interface Folding {
  readonly known: KnownBefore
  readonly edges: Map<string, EdgeToStore>
  readonly minutes: Map<string, EdgeMinute>
  readonly starts: Map<string, StartToStore>
  readonly passes: WorstPasses
  readonly ignored: IgnoredReport[]
}

function soFarOf({ edges, known }: Folding, edge: string): KnownSoFar | undefined {
  return edges.get(edge)?.soFar ?? known.edges.get(edge)
}

/** Returns the signer of a report that counts, or `undefined`. A refused record that is read again is not named again. */
function admit(folding: Folding, received: ReceivedReport): ReportSigner | null | undefined {
  const { report, reportedAtMs, proof = { kind: 'unsigned' }, declared } = received
  const before = soFarOf(folding, report.edge)
  const isLater = before === undefined || reportedAtMs > before.reportedAtMs
  const isRepeat = isLater && isKnown(folding, report)
  const admission = admitReport(proof, { holder: declared ?? before?.signer?.client, isRepeat })
  if ('signer' in admission) return admission.signer
  if (isLater) folding.ignored.push({ edge: report.edge, refusal: admission.refusal })
  return undefined
}

/** Returns whether its number is new. */
function foldReport(
  folding: Folding,
  received: ReceivedReport,
  signer: ReportSigner | null,
): boolean {
  const { edges, minutes, passes } = folding
  const { report, reportedAtMs } = received
  const { edge, state, partitions } = report
  const { isNew, isNext } = foldStart(folding, received)
  const isLive = state !== 'starting' && state !== 'closing'
  const before = soFarOf(folding, edge)
  const after = afterReport(before, { reportedAtMs, partitions, isLive })
  if (after === undefined) return isNew
  passes.add(received, { applied: before?.applied, isNext })
  const applied = new Map(partitions.map((each) => [each.partition, each.applied]))
  edges.set(edge, { report, soFar: { ...after.soFar, signer, applied } })
  if (after.oldestMs !== null) foldMinute(minutes, received, after.oldestMs)
  return isNew
}

function foldMinute(
  minutes: Map<string, EdgeMinute>,
  { report, reportedAtMs }: ReceivedReport,
  oldestMs: number,
): void {
  const { edge, decisions } = report
  const minuteMs = minuteOf(reportedAtMs)
  const key = `${minuteMs} ${edge}`
  const sum = minutes.get(key)
  const known = sum && (sum.denied === null ? {} : { denied: sum.denied })
  minutes.set(key, {
    edge,
    minuteMs,
    oldestMs: Math.max(sum?.oldestMs ?? 0, oldestMs),
    allows: added(sum?.allows, decisions.allow),
    denies: added(sum?.denies, decisions.deny),
    challenges: added(sum?.challenges, decisions.challenge),
    denied: deniedAfter(known, report).denied ?? null,
  })
}

/** A count stays storable, whatever is reported. */
function added(one = 0, other: number): number {
  return Math.min(one + other, Number.MAX_SAFE_INTEGER)
}

/** The last number of its start that came; `undefined`: none did. */
function lastNumber(
  { known, starts }: Folding,
  { edge, start }: NumberedReport,
): number | undefined {
  const key = startKey(edge, start)
  return starts.get(key)?.report.n ?? known.starts.get(key)
}

function isKnown(folding: Folding, report: EdgeReport): boolean {
  return isNumbered(report) && report.n <= (lastNumber(folding, report) ?? -1)
}

/** Returns whether its number is new and follows the one before it. */
function foldStart(
  folding: Folding,
  { report, reportedAtMs }: ReceivedReport,
): { readonly isNew: boolean; readonly isNext: boolean } {
  if (!isNumbered(report) || isKnown(folding, report)) return { isNew: false, isNext: false }
  const key = startKey(report.edge, report.start)
  const before = folding.starts.get(key)
  const n = lastNumber(folding, report)
  const firstAtMs = before?.firstAtMs ?? reportedAtMs
  const lastAtMs = Math.max(before?.lastAtMs ?? 0, reportedAtMs)
  folding.starts.set(key, { report, firstAtMs, lastAtMs })
  return { isNew: true, isNext: n !== undefined && report.n === n + 1 }
}

/** The pass of a group's last edge up to an offset. */
export interface GroupPass extends Pass {
  readonly group: string
  readonly partition: number
  readonly reportedAtMs: number
}

/** The known state of an edge before its report. */
interface PassedBefore {
  readonly applied: ReadonlyMap<number, bigint> | undefined
  readonly isNext: boolean
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/**
 * The worst of what edges of the same groups passed: one row for each group, partition and offset. Rows are worsened in
 * place: each of thousands of edges passes the same offsets.
 */
class WorstPasses {
  /** The passes by group and partition, and then by the last offset that was passed. */
  readonly #worst = new Map<string, Map<bigint, Mutable<GroupPass>>>()

  add({ report, reportedAtMs }: ReceivedReport, { applied, isNext }: PassedBefore): void {
    const group = groupName(report.audience)
    for (const reported of report.partitions) {
      const { partition } = reported
      const own = this.#of(group, partition)
      const terms = { before: applied?.get(partition), reportedAtMs, isNext }
      for (const pass of passesOf(reported, terms)) {
        const known = own.get(pass.upTo)
        if (known === undefined) own.set(pass.upTo, { ...pass, group, partition, reportedAtMs })
        else worsen(known, pass, reportedAtMs)
      }
    }
  }

  get rows(): readonly GroupPass[] {
    return [...this.#worst.values()].flatMap((own) => [...own.values()])
  }

  #of(group: string, partition: number): Map<bigint, Mutable<GroupPass>> {
    const key = `${partition} ${group}`
    const own = this.#worst.get(key) ?? new Map<bigint, Mutable<GroupPass>>()
    this.#worst.set(key, own)
    return own
  }
}

/** Both passed from the first to the last offset, by the later time. */
function worsen(known: Mutable<GroupPass>, pass: Pass, reportedAtMs: number): void {
  if (pass.fromOffset < known.fromOffset) known.fromOffset = pass.fromOffset
  known.appendedAtMs = Math.min(known.appendedAtMs, pass.appendedAtMs)
  known.appliedAtMs = Math.max(known.appliedAtMs, pass.appliedAtMs)
  known.reportedAtMs = Math.max(known.reportedAtMs, reportedAtMs)
  if (known.allowsSinceMs === undefined) return
  if (pass.allowsSinceMs === undefined) delete known.allowsSinceMs
  else known.allowsSinceMs = Math.max(known.allowsSinceMs, pass.allowsSinceMs)
}

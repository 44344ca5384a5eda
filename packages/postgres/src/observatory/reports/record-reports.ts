import { measuredClass } from '@freshet/protocol/slo'
import { dayOf } from '@freshet/protocol/usage'
import { isNumbered } from '@freshet/wire'
import type { EdgeMinute, NewExposure, NewlyRecorded, ReceivedReport } from '@freshet/insight'
import { columnsOf, float8s, int4s, int8s, jsonbs, texts } from '../../rows/columns.ts'
import type { Database } from '../../connection/pool.ts'
import type { Queryable } from '../../connection/query.ts'
import { inTransaction } from '../../connection/transaction.ts'
import {
  foldReports,
  type EdgeToStore,
  type FoldedReports,
  type StartToStore,
  type GroupPass,
} from './fold-reports.ts'
import { knownBefore, type ReportMemory } from './known-before.ts'
import type { StoredUnverified } from '../select-edges.ts'
import * as statements from './report-statements.ts'

/** Keeps reports in one transaction: a statement for each table, whatever their number. */
export async function recordReports(
  db: Database,
  memory: ReportMemory,
  reports: readonly ReceivedReport[],
): Promise<NewlyRecorded> {
  if (reports.length === 0) return { counted: [], exposed: [], ignored: [] }
  try {
    const { turn, folded, exposed } = await store(db, memory, reports)
    memory.settle(turn, folded)
    return { counted: folded.counted, exposed, ignored: folded.ignored }
  } catch (error) {
    memory.clear()
    throw error
  }
}

interface Stored {
  readonly turn: bigint
  readonly folded: FoldedReports
  readonly exposed: readonly NewExposure[]
}

function store(
  db: Database,
  memory: ReportMemory,
  reports: readonly ReceivedReport[],
): Promise<Stored> {
  return inTransaction(db, {}, async (tx) => {
    const known = await knownBefore(tx, memory, reports)
    const folded = foldReports(known, reports)
    const [exposed] = await Promise.all([
      keepExposed(tx, folded.admitted),
      keepEdges(tx, folded.edges),
      keepMinutes(tx, folded.minutes),
      worsenPasses(tx, folded.passes),
      known.isGrouped ? undefined : keepApplies(tx, folded.admitted),
      keepStarts(tx, folded.starts),
      addUses(tx, folded.counted),
    ])
    return { turn: known.turn, folded, exposed }
  })
}

async function keepEdges(tx: Queryable, edges: readonly EdgeToStore[]): Promise<void> {
  if (edges.length === 0) return
  const columns = columnsOf(edges, [
    texts(({ report }) => report.edge),
    texts(({ report }) => report.audience),
    texts(({ report }) => report.version),
    texts(({ report }) => report.state),
    int8s(({ soFar }) => soFar.reportedAtMs),
    jsonbs(partitionsJson),
    int8s(({ soFar }) => soFar.liveSinceMs),
    int8s(({ soFar }) => soFar.lastHeartbeatMs),
    texts(({ soFar }) => soFar.signer?.client ?? null),
    texts(({ soFar }) => soFar.signer?.kid ?? null),
    jsonbs(unverifiedJson),
  ])
  await tx.query(statements.upsertEdges, columns)
}

function partitionsJson({ report: { partitions } }: EdgeToStore): string {
  return JSON.stringify(
    partitions.map(({ partition, applied, viewAgeMs }) => {
      return { partition, applied: String(applied), viewAgeMs }
    }),
  )
}

/** With the time of its report, so that a later report without it is not taken for the same. */
function unverifiedJson({ report: { unverified }, soFar }: EdgeToStore): string | null {
  if (unverified === undefined) return null
  return JSON.stringify({ atMs: soFar.reportedAtMs, ...unverified } satisfies StoredUnverified)
}

async function keepMinutes(tx: Queryable, minutes: readonly EdgeMinute[]): Promise<void> {
  if (minutes.length === 0) return
  const columns = columnsOf(minutes, [
    int8s(({ minuteMs }) => minuteMs),
    texts(({ edge }) => edge),
    int8s(({ oldestMs }) => oldestMs),
    int8s(({ allows }) => allows),
    int8s(({ denies }) => denies),
    int8s(({ challenges }) => challenges),
    int8s(({ denied }) => denied?.stale ?? null),
    int8s(({ denied }) => denied?.unverified ?? null),
    int8s(({ denied }) => denied?.insufficient ?? null),
    int8s(({ denied }) => denied?.other ?? null),
  ])
  await tx.query(statements.upsertMinutes, columns)
}

async function keepApplies(tx: Queryable, reports: readonly ReceivedReport[]): Promise<void> {
  const applies = reports.flatMap(({ report: { edge, partitions }, reportedAtMs }) =>
    partitions.flatMap(({ partition, applies: list }) =>
      list.map((apply) => ({ edge, partition, reportedAtMs, ...apply })),
    ),
  )
  if (applies.length === 0) return
  const columns = columnsOf(applies, [
    texts(({ edge }) => edge),
    int4s(({ partition }) => partition),
    int8s(({ upTo }) => upTo),
    int8s(({ appendedAtMs }) => appendedAtMs),
    int8s(({ appliedAtMs }) => appliedAtMs),
    int8s(({ reportedAtMs }) => reportedAtMs),
    int8s(({ allowsSinceMs = null }) => allowsSinceMs),
  ])
  await tx.query(statements.insertApplies, columns)
}

async function worsenPasses(tx: Queryable, passes: readonly GroupPass[]): Promise<void> {
  if (passes.length === 0) return
  const columns = columnsOf(passes, [
    texts(({ group }) => group),
    int4s(({ partition }) => partition),
    int8s(({ fromOffset }) => fromOffset),
    int8s(({ upTo }) => upTo),
    int8s(({ appendedAtMs }) => appendedAtMs),
    int8s(({ appliedAtMs }) => appliedAtMs),
    int8s(({ reportedAtMs }) => reportedAtMs),
    int8s(({ allowsSinceMs = null }) => allowsSinceMs),
  ])
  await tx.query(statements.worsenPasses, columns)
}

async function keepStarts(tx: Queryable, starts: readonly StartToStore[]): Promise<void> {
  if (starts.length === 0) return
  const columns = columnsOf(starts, [
    texts(({ report }) => report.edge),
    texts(({ report }) => report.start),
    int8s(({ report }) => report.n),
    int8s(({ firstAtMs }) => firstAtMs),
    int8s(({ lastAtMs }) => lastAtMs),
    float8s(({ report }) => report.clock?.offsetMs ?? null),
    float8s(({ report }) => report.clock?.errorMs ?? null),
  ])
  await tx.query(statements.upsertStarts, columns)
}

async function addUses(tx: Queryable, counted: readonly ReceivedReport[]): Promise<void> {
  const uses = counted.flatMap(({ report: { used = [] }, reportedAtMs }) =>
    used.map((use) => ({ ...use, day: dayOf(reportedAtMs) })),
  )
  if (uses.length === 0) return
  const columns = columnsOf(uses, [
    int4s(({ day }) => day),
    texts(({ audience }) => audience),
    texts(({ route }) => route),
    texts(({ claim }) => claim),
    int8s(({ decisions }) => decisions),
    int8s(({ required }) => required),
    int8s(({ needed }) => needed),
    int8s(({ carried }) => carried),
  ])
  await tx.query(statements.addUses, columns)
}

async function keepExposed(
  tx: Queryable,
  reports: readonly ReceivedReport[],
): Promise<readonly NewExposure[]> {
  const numberedExposures = reports.flatMap(({ report, reportedAtMs }) => {
    if (!isNumbered(report)) return []
    const { edge, start, clock, exposed = [] } = report
    const of = { edge, start, reportedAtMs, errorMs: clock?.errorMs ?? null }
    return exposed.map((each) => ({ ...each, ...of }))
  })
  if (numberedExposures.length === 0) return []
  type Row = { requests: bigint; class: string | null; kind: string | null }
  const columns = columnsOf(numberedExposures, [
    texts(({ edge }) => edge),
    texts(({ start }) => start),
    int8s(({ reportedAtMs }) => reportedAtMs),
    float8s(({ errorMs }) => errorMs),
    texts(({ tenant }) => tenant),
    texts(({ change }) => change),
    int4s(({ partition }) => partition),
    int8s(({ offset }) => offset),
    texts(({ route }) => route),
    int8s(({ commitAtMs }) => commitAtMs),
    int8s(({ requests }) => requests),
    int8s(({ firstAtMs }) => firstAtMs),
    int8s(({ lastAtMs }) => lastAtMs),
  ])
  const { rows } = await tx.query<Row>(statements.keepExposed, columns)
  return rows.map(({ requests, kind, class: own }) => {
    const measured = kind === null ? null : measuredClass({ class: own, kind })
    return { class: measured, requests: Number(requests) }
  })
}

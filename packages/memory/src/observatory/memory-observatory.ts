import type { Clock } from '@freshet/protocol'
import { admitReport, PROBE_NAME } from '@freshet/protocol/slo'
import { CONTROL_PARTITION, feedCondition, NO_STATEMENTS, takingOf } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import type {
  RecordedApply,
  LatestApply,
  LatestQuestion,
  LoggedChange,
  NewlyRecorded,
  ObservatoryStore,
  PipelineRows,
  ReceivedReport,
  RecentQuestion,
  TightenedQuestion,
} from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'
import { applyKey, isTooMany, keepReport, minuteKey } from './memory-edge-reports.ts'
import { applyBeyond, type EdgeApplyRow } from '../slis/memory-sli-rows.ts'
import { pipelineContradictions } from '../recorder/memory-contradictions.ts'
import { countedEdges, uncountedMemoryEdges } from './memory-edges.ts'
import { memoryExposureStore } from './memory-exposure.ts'
import { isVoided, wholeDoubts } from './memory-doubts.ts'
import { missedOf } from '../recorder/memory-missed.ts'
import type { ChangeLogRow, ProgressRow } from '../memory-rows.ts'

const CHANGES_OF_ONE_ID_MAX = 20

/** Creates the observatory's store in process. */
export function memoryObservatoryStore(database: MemoryDatabase, clock: Clock): ObservatoryStore {
  const { edges, edgeApplies: applies } = database
  const exposures = memoryExposureStore(database)
  return {
    ...exposures.store,
    changes: (id) =>
      Promise.resolve(newest(database, (row) => row.id === id, CHANGES_OF_ONE_ID_MAX)),
    changesOf: (subject, limit) =>
      Promise.resolve(newest(database, (row) => row.subject === subject, limit)),
    latestOf: (question) => Promise.resolve(latestStatements(database, question)),
    tightened: (question, limit) => Promise.resolve(tightened(database, question, limit)),
    recent: (question, limit) => Promise.resolve(recent(database, question, limit)),
    tokensOf: (subject, limit) =>
      Promise.resolve(
        database.tokens
          .values()
          .filter((token) => token.subject === subject && token.expMs > clock.nowMs())
          .sort((a, b) => b.iatMs - a.iatMs)
          .slice(0, limit),
      ),
    pipeline: () => Promise.resolve(pipelineRows(database)),
    record: (reports) => Promise.resolve(keepReports(database, exposures, reports)),
    edges: (sinceMs) => Promise.resolve(countedEdges(database, sinceMs)),
    uncountedEdges: (sinceMs) => Promise.resolve(uncountedMemoryEdges(database, sinceMs)),
    applies: (partition, offset) =>
      Promise.resolve(firstPerEdge(rowsOf(applies.values(), 'edges'), partition, offset)),
    groupApplies: (partition, offset) =>
      Promise.resolve(firstPerEdge(rowsOf(applies.values(), 'groups'), partition, offset)),
    latestApplies: (edge, limit) => Promise.resolve(latestOf(applies.values(), edge, limit)),
    forget(beforeMs) {
      for (const row of database.edgeMinutes.values())
        if (row.minuteMs < beforeMs) database.edgeMinutes.delete(minuteKey(row))
      exposures.forgetStarts(beforeMs)
      for (const { edge, reportedAtMs } of edges.values())
        if (reportedAtMs < beforeMs) edges.delete(edge)
      for (const apply of applies.values())
        if (apply.appliedAtMs < beforeMs) applies.delete(applyKey(apply))
      return Promise.resolve()
    },
  }
}

/** Returns the newest row of each source and claim, and of each source and operation on the account. */
function latestStatements(
  database: MemoryDatabase,
  { subject, outcomes, within }: LatestQuestion,
): readonly LoggedChange[] {
  const rows = newest(database, (row) => row.subject === subject, within)
  const stated = rows.filter(({ outcome }) => outcomes.includes(outcome))
  const keyOf = ({ source, claim, op }: LoggedChange): string =>
    JSON.stringify([source, claim ?? ['account', op]])
  return [...new Map(stated.toReversed().map((row) => [keyOf(row), row])).values()].toSorted(
    (a, b) => b.appliedAtMs - a.appliedAtMs,
  )
}

function latestOf(
  applies: readonly EdgeApplyRow[],
  edge: string,
  limit: number,
): readonly LatestApply[] {
  return applies
    .filter((row) => row.edge === edge)
    .map(({ fromOffset: _from, ...apply }) => apply)
    .toSorted((a, b) => b.appliedAtMs - a.appliedAtMs)
    .slice(0, limit)
}

function keepReports(
  database: MemoryDatabase,
  exposures: ReturnType<typeof memoryExposureStore>,
  reports: readonly ReceivedReport[],
): NewlyRecorded {
  const isGrouped = isTooMany(database.edges.values(), reports)
  const kept = reports.map((each): NewlyRecorded => {
    const { report, reportedAtMs, proof = { kind: 'unsigned' }, declared } = each
    const known = database.edges.get(report.edge)
    const isLater = known === undefined || reportedAtMs > known.reportedAtMs
    const isRepeat = isLater && exposures.isKnown(each)
    const admission = admitReport(proof, { holder: declared ?? known?.signer?.client, isRepeat })
    if ('refusal' in admission) {
      const ignored = isLater ? [{ edge: report.edge, refusal: admission.refusal }] : []
      return { counted: [], exposed: [], ignored }
    }
    const { signer } = admission
    keepReport(database, each, { isGrouped, isNext: exposures.isNext(each), signer })
    return { ...exposures.keep(each), ignored: [] }
  })
  return {
    counted: kept.flatMap(({ counted }) => counted),
    exposed: kept.flatMap(({ exposed }) => exposed),
    ignored: kept.flatMap(({ ignored }) => ignored),
  }
}

/**
 * Returns the pause of a partition. A pause is over once the partition has passed the record that it names.
 */
function pausedAt(
  { recordingPauses }: MemoryDatabase,
  { partition, e, nextOffset }: ProgressRow,
): Pick<PipelineRows['partitions'][number], 'paused'> {
  const pause = recordingPauses.get(String(partition))
  if (pause?.e !== e || nextOffset > pause.nextOffset) return {}
  const { nextOffset: offset, code, message, sinceMs, attempts } = pause
  return { paused: { offset, code, message, sinceMs, attempts } }
}

function pipelineRows(database: MemoryDatabase): PipelineRows {
  const progress = database.progress.values().toSorted((a, b) => a.partition - b.partition)
  const [latest] = newest(database, (change) => isReal(change) && isOfNow(database, change), 1)
  return {
    partitions: progress.map((row) => ({
      partition: row.partition,
      e: row.e,
      nextOffset: row.nextOffset,
      activePv: row.activePv,
      activeHash: row.activeHash,
      minimumPv: row.minimumPv,
      publishedAtMs: database.publishers.get(String(row.partition))?.head?.storedAtMs ?? null,
      waiting: database.outbox
        .values()
        .filter(
          ({ topic, partition }) => topic === REVOCATIONS_TOPIC && partition === row.partition,
        ).length,
      ...pausedAt(database, row),
    })),
    feeds: database.feeds.values().map(({ tenant, source, partition, feed, statements }) => ({
      tenant,
      source,
      partition,
      throughMs: feed.throughMs,
      condition: takingOf(statements ?? NO_STATEMENTS) ? 'ending' : feedCondition(feed),
      ...(feed.aheadMs !== undefined && { aheadMs: feed.aheadMs }),
      ...(isVoided(statements) && { isVoided: true as const }),
    })),
    missed: database.feeds
      .values()
      .filter(({ partition }) => partition === CONTROL_PARTITION)
      .map(({ tenant, source }) => {
        const claims = missedOf(database, { tenant, source }, { sinceMs: 0 }).length
        return { tenant, source, claims }
      })
      .filter(({ claims }) => claims > 0),
    contradictions: pipelineContradictions(database),
    ...wholeDoubts(database),
    latest: latest ?? null,
    grants: progress.flatMap(({ grants = [] }) => grants),
  }
}

function recent(
  database: MemoryDatabase,
  { traceId, subjectEnd, sinceMs = 0, ...members }: RecentQuestion,
  limit: number,
): readonly LoggedChange[] {
  const isTraced = (row: ChangeLogRow): boolean =>
    traceId === undefined ? isReal(row) : row.traceparent?.startsWith(`00-${traceId}-`) === true
  const isOfSubject = ({ subject }: ChangeLogRow): boolean =>
    subjectEnd === undefined || subject?.endsWith(subjectEnd) === true
  const named = Object.entries(members) as [keyof typeof members, string][]
  const isMatch = (row: ChangeLogRow): boolean =>
    isTraced(row) &&
    isOfSubject(row) &&
    row.appliedAtMs >= sinceMs &&
    named.every(([name, value]) => row[name] === value)
  return newest(database, (row) => isMatch(row) && isOfNow(database, row), limit)
}

function tightened(
  database: MemoryDatabase,
  { sinceMs, kinds }: TightenedQuestion,
  limit: number,
): readonly LoggedChange[] {
  const isMatch = ({ tightened: lost, appliedAtMs, kind }: ChangeLogRow): boolean =>
    lost && appliedAtMs >= sinceMs && kinds.includes(kind)
  return newest(database, (row) => isReal(row) && isMatch(row) && isOfNow(database, row), limit)
}

/** Changes of probes are not shown. */
function isReal({ tenant }: ChangeLogRow): boolean {
  return tenant !== PROBE_NAME
}

function isOfNow(database: MemoryDatabase, { partition, e }: ChangeLogRow): boolean {
  return database.progress.get(String(partition))?.e === e
}

function newest(
  database: MemoryDatabase,
  matches: (row: ChangeLogRow) => boolean,
  limit: number,
): readonly LoggedChange[] {
  return database.changeLog
    .values()
    .filter(matches)
    .sort((a, b) => b.appliedAtMs - a.appliedAtMs)
    .slice(0, limit)
    .map((row) => (isMarking(database, row) ? { ...row, isMarking: true } : row))
}

function isMarking(
  { tokenMarks }: MemoryDatabase,
  { tenant, source, id, partition }: ChangeLogRow,
): boolean {
  return tokenMarks
    .values()
    .some(
      (mark) =>
        mark.change === id &&
        mark.tenant === tenant &&
        mark.source === source &&
        mark.partition === partition,
    )
}

function rowsOf(rows: readonly EdgeApplyRow[], whose: 'edges' | 'groups'): readonly EdgeApplyRow[] {
  return rows.filter(({ fromOffset }) => (fromOffset === undefined) === (whose === 'edges'))
}

function firstPerEdge(
  applies: readonly EdgeApplyRow[],
  partition: number,
  offset: bigint,
): readonly RecordedApply[] {
  const own = applies.filter((row) => row.partition === partition)
  return [...new Set(own.map(({ edge }) => edge))].flatMap((edge) => {
    const found = applyBeyond(
      own.filter((row) => row.edge === edge),
      offset,
    )
    if (found === undefined) return []
    const { partition: _where, fromOffset: _from, ...apply } = found
    return [apply]
  })
}

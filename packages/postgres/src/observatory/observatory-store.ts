import { PARTITIONS, type Clock } from '@freshet/protocol'
import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import type { ObservatoryStore } from '@freshet/insight'
import type { Database } from '../connection/pool.ts'
import { postgresExposureStore } from './exposure-store.ts'
import { recordReports } from './reports/record-reports.ts'
import { ReportMemory } from './reports/report-memory.ts'
import { takeTurn } from './reports/report-statements.ts'
import {
  selectApplies,
  selectGroupApplies,
  selectLatestApplies,
  toEdgeApply,
  type ApplyRow,
} from './select-applies.ts'
import {
  selectChangesById,
  selectChangesBySubject,
  selectLatestOfSubject,
  selectRecent,
  selectTightened,
  toLoggedChange,
  type ChangeRow,
} from './select-changes.ts'
import { selectEdges, toKnownEdge, uncountedEdges, type EdgeRow } from './select-edges.ts'
import { selectPipeline, toPipelineRows, type PipelineRow } from './select-pipeline.ts'
import { selectTokensOfSubject, toLedgerToken, type LedgerRow } from './select-tokens-of-subject.ts'
import type { Statement } from '../connection/query.ts'

/** Forgets edges, their starts and applies older than $1. */
const forgetEdges: Statement = {
  name: 'observatory-forget',
  text: `
    WITH gone AS (DELETE FROM edge_apply WHERE applied_at_ms < $1),
    starts AS (DELETE FROM edge_start WHERE last_at_ms < $1),
    minutes AS (DELETE FROM edge_minute WHERE minute_ms < $1)
    DELETE FROM edge WHERE reported_at_ms < $1`,
}

const CHANGES_OF_ONE_ID_MAX = 20
const PIPELINE_ROWS_MAX = 10_000

/** The observatory's store in Postgres. */
export function postgresObservatoryStore(db: Database, clock: Clock): ObservatoryStore {
  return {
    ...postgresExposureStore(db),
    ...reportsOf(db),
    async changes(id) {
      const { rows } = await db.query<ChangeRow>(selectChangesById, [id, CHANGES_OF_ONE_ID_MAX])
      return rows.map(toLoggedChange)
    },
    async changesOf(subject, limit) {
      const { rows } = await db.query<ChangeRow>(selectChangesBySubject, [subject, limit])
      return rows.map(toLoggedChange)
    },
    async latestOf({ subject, outcomes, within }) {
      const values = [subject, outcomes, within]
      const { rows } = await db.query<ChangeRow>(selectLatestOfSubject, values)
      return rows.map(toLoggedChange)
    },
    async tightened({ sinceMs, kinds }, limit) {
      const { rows } = await db.query<ChangeRow>(selectTightened, [sinceMs, kinds, limit])
      return rows.map(toLoggedChange)
    },
    async recent({ traceId, tenant, source, subjectEnd, outcome, sinceMs }, limit) {
      // Digits alone: no wildcard comes from outside.
      const like = traceId === undefined ? null : `00-${traceId}-%`
      const asked = [tenant, source, subjectEnd, outcome, sinceMs].map((each) => each ?? null)
      const { rows } = await db.query<ChangeRow>(selectRecent, [like, limit, ...asked])
      return rows.map(toLoggedChange)
    },
    async tokensOf(subject, limit) {
      const values = [subject, clock.nowMs(), limit]
      const { rows } = await db.query<LedgerRow>(selectTokensOfSubject, values)
      return rows.map(toLedgerToken)
    },
    async pipeline() {
      const { rows } = await db.query<PipelineRow & Record<string, unknown>>(selectPipeline, [
        PIPELINE_ROWS_MAX,
      ])
      return toPipelineRows(rows[0] as PipelineRow)
    },
  }
}

type OfEdges =
  | 'record'
  | 'edges'
  | 'uncountedEdges'
  | 'applies'
  | 'groupApplies'
  | 'latestApplies'
  | 'forget'

/** The reports of edges. */
function reportsOf(db: Database): Pick<ObservatoryStore, OfEdges> {
  const memory = new ReportMemory()
  return {
    record: (reports) => recordReports(db, memory, reports),
    async edges(sinceMs) {
      const { rows } = await db.query<EdgeRow>(selectEdges, [sinceMs, COUNTED_EDGES_MAX])
      return rows.map(toKnownEdge)
    },
    uncountedEdges: (sinceMs) => uncountedEdges(db, sinceMs),
    async applies(partition, offset) {
      const { rows } = await db.query<ApplyRow>(selectApplies, [partition, offset])
      return rows.map(toEdgeApply)
    },
    async groupApplies(partition, offset) {
      const { rows } = await db.query<ApplyRow>(selectGroupApplies, [partition, offset])
      return rows.map(toEdgeApply)
    },
    async latestApplies(edge, limit) {
      const values = [edge, PARTITIONS, limit]
      const { rows } = await db.query<ApplyRow & { partition: number }>(selectLatestApplies, values)
      return rows.map((row) => ({ ...toEdgeApply(row), partition: row.partition }))
    },
    async forget(beforeMs) {
      await db.query(forgetEdges, [beforeMs])
      // A process that remembers removed rows reads again.
      await db.query(takeTurn)
    },
  }
}

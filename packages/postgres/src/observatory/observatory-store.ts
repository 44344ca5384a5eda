import { PARTITIONS, type Clock } from '@freshet/protocol'
import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import type {
  LatestApply,
  LedgerEntry,
  LoggedChange,
  ObservatoryStore,
  RecordedApply,
} from '@freshet/insight'
import type { Database } from '../connection/pool.ts'
import { postgresExposureStore } from './exposure-store.ts'
import { recordReports } from './reports/record-reports.ts'
import { ReportMemory } from './reports/known-before.ts'
import { takeTurn } from './reports/report-statements.ts'
import {
  selectChangesById,
  selectChangesBySubject,
  selectLatestOfSubject,
  selectRecent,
  selectTightened,
} from './select-changes.ts'
import { selectEdges, toKnownEdge, uncountedEdges, type EdgeRow } from './select-edges.ts'
import { selectPipeline, toPipelineRows, type PipelineRow } from './select-pipeline.ts'
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
      const { rows } = await db.query<LoggedChange>(selectChangesById, [id, CHANGES_OF_ONE_ID_MAX])
      return rows
    },
    async changesOf(subject, limit) {
      const { rows } = await db.query<LoggedChange>(selectChangesBySubject, [subject, limit])
      return rows
    },
    async latestOf({ subject, outcomes, within }) {
      const values = [subject, outcomes, within]
      const { rows } = await db.query<LoggedChange>(selectLatestOfSubject, values)
      return rows
    },
    async tightened({ sinceMs, kinds }, limit) {
      const { rows } = await db.query<LoggedChange>(selectTightened, [sinceMs, kinds, limit])
      return rows
    },
    async recent({ traceId, tenant, source, subjectEnd, outcome, sinceMs }, limit) {
      // Digits alone: no wildcard comes from outside.
      const like = traceId === undefined ? null : `00-${traceId}-%`
      const filters = [tenant, source, subjectEnd, outcome, sinceMs].map((each) => each ?? null)
      const { rows } = await db.query<LoggedChange>(selectRecent, [like, limit, ...filters])
      return rows
    },
    async tokensOf(subject, limit) {
      const values = [subject, clock.nowMs(), limit]
      const { rows } = await db.query<LedgerEntry>(selectTokensOfSubject, values)
      return rows
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
      const { rows } = await db.query<RecordedApply>(selectApplies, [partition, offset])
      return rows
    },
    async groupApplies(partition, offset) {
      const { rows } = await db.query<RecordedApply>(selectGroupApplies, [partition, offset])
      return rows
    },
    async latestApplies(edge, limit) {
      const values = [edge, PARTITIONS, limit]
      const { rows } = await db.query<LatestApply>(selectLatestApplies, values)
      return rows
    },
    async forget(beforeMs) {
      await db.query(forgetEdges, [beforeMs])
      // A process that remembers removed rows reads again.
      await db.query(takeTurn)
    },
  }
}

/** The members of an apply, of a row `a` with the columns of `edge_apply`. */
export const RECORDED_APPLY: string = `a.edge, a.up_to AS "upTo", a.appended_at_ms::float8 AS "appendedAtMs",
  a.applied_at_ms::float8 AS "appliedAtMs", a.reported_at_ms::float8 AS "reportedAtMs",
  a.allows_since_ms::float8 AS "allowsSinceMs"`

/**
 * The first apply of each edge beyond the offset $2 of partition $1. An edge is looked up by its name, one
 * after the other, since thousands of applies may follow the one that is asked for.
 */
const selectApplies: Statement = {
  name: 'observatory-applies',
  text: `
    WITH RECURSIVE known AS (
      (SELECT edge FROM edge_apply WHERE partition = $1 ORDER BY edge LIMIT 1)
      UNION ALL
      SELECT (SELECT a.edge FROM edge_apply a
              WHERE a.partition = $1 AND a.edge > known.edge ORDER BY a.edge LIMIT 1)
      FROM known WHERE known.edge IS NOT NULL)
    SELECT ${RECORDED_APPLY} FROM known CROSS JOIN LATERAL (
      SELECT * FROM edge_apply a
      WHERE a.partition = $1 AND a.edge = known.edge AND a.up_to > $2
      ORDER BY a.up_to LIMIT 1) a
    WHERE a.from_offset IS NULL
    ORDER BY a.edge`,
}

/** The apply of each group's last edge beyond the offset $2 of partition $1. */
const selectGroupApplies: Statement = {
  name: 'observatory-group-applies',
  text: `
    SELECT DISTINCT ON (a.edge) ${RECORDED_APPLY} FROM edge_apply a
    WHERE a.partition = $1 AND a.up_to > $2 AND a.from_offset <= $2
    ORDER BY a.edge, -a.applied_at_ms`,
}

/** The last $3 applies of edge $1 in any of the partitions $2, by its clock the newest first. */
const selectLatestApplies: Statement = {
  name: 'observatory-latest-applies',
  text: `
    SELECT a.partition, ${RECORDED_APPLY} FROM unnest($2::int[]) AS p (partition) CROSS JOIN LATERAL (
      SELECT * FROM edge_apply
      WHERE partition = p.partition AND edge = $1 ORDER BY up_to DESC LIMIT $3) a
    ORDER BY a.applied_at_ms DESC LIMIT $3`,
}

/** The members of a token, of a row `t` with the columns of the ledger and an issuer. */
export const LEDGER_ENTRY: string = `t.jti, t.subject, t.audience, t.client, t.claims, t.issuer,
  t.iat_ms::float8 AS "iatMs", t.exp_ms::float8 AS "expMs",
  CASE WHEN t.stale_at_ms IS NOT NULL THEN jsonb_build_object('atMs', t.stale_at_ms,
    'reason', coalesce(t.stale_reason, ''), 'source', coalesce(t.stale_source, ''),
    'change', coalesce(t.stale_change, '')) END AS stale`

/** Tokens of a subject ($1), foreign ones too, that are outstanding at $2, newest first, at most $3. */
const selectTokensOfSubject: Statement = {
  name: 'observatory-tokens-of-subject',
  text: `
    SELECT ${LEDGER_ENTRY} FROM (
      SELECT jti, subject, audience, client, iat_ms, exp_ms, claims,
             stale_at_ms, stale_reason, stale_source, stale_change, NULL AS issuer
      FROM token WHERE subject = $1 AND exp_ms > $2
      UNION ALL
      SELECT jti, subject, audience, client, iat_ms, exp_ms, claims,
             stale_at_ms, stale_reason, stale_source, stale_change, issuer
      FROM foreign_token WHERE subject = $1 AND exp_ms > $2) t
    ORDER BY t.iat_ms DESC
    LIMIT $3`,
}

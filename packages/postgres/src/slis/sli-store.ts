import {
  type SampleOrigin,
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  NEVER_MS,
  type LatencyStage,
} from '@freshet/protocol/slo'
import type { SliStore, LatencyMap, LatencyQuestion } from '@freshet/insight'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import {
  forgetSamples,
  selectBlindest,
  selectHistory,
  selectNewest,
  selectSamplesOf,
  selectSums,
  selectWorst,
  type StoredSample,
  type SpanRow,
  type SumRow,
} from './read-statements.ts'
import { addTo, edgeMinutesBy, toSample } from './sli-rows.ts'
import { sliTurn } from './sli-turn.ts'
import { selectMinutesOfEdges, tryTurn } from './turn-statements.ts'

type Row<T> = T & Record<string, unknown>

const SAMPLES_OF_ONE_ID_MAX = 20

/** Measurements in Postgres. */
export function postgresSliStore(db: Database): SliStore {
  return {
    inTurn: (work) =>
      inTransaction(db, {}, async (tx) => {
        const { rows } = await tx.query<{ taken: boolean }>(tryTurn)
        return rows[0]?.taken === true ? work(sliTurn(tx)) : undefined
      }),
    add: (counts) => addTo(db, counts),
    ...readsOf(db),
    async forget(beforeMs, limit) {
      await db.query(forgetSamples, [beforeMs, limit])
    },
  }
}

type Reads = Omit<SliStore, 'inTurn' | 'add' | 'forget'>

function readsOf(db: Queryable): Reads {
  return {
    async sums(nowMs, spansMs) {
      const ascending = spansMs.toSorted((a, b) => a - b)
      const { rows } = await db.query<Row<SumRow>>(selectSums, [nowMs, ascending])
      return rows.map(({ slo, origin, span_ms: spanMs, ...row }) => {
        const counted = { good: Number(row.good), valid: Number(row.valid) }
        const measured = { spanMs: Number(spanMs), measuredMs: Number(row.measured_ms) }
        return { slo, origin: origin as SampleOrigin, ...counted, ...measured }
      })
    },
    async history(slo, origins, { sinceMs, stepMs }) {
      const values = [slo, origins, sinceMs, stepMs]
      const { rows } = await db.query<Row<SpanRow>>(selectHistory, values)
      return rows.map(({ from_ms: fromMs, good, valid }) => {
        return { fromMs: Number(fromMs), good: Number(good), valid: Number(valid) }
      })
    },
    async samples({ class: named, origins, sinceMs, overMs }, limit) {
      const values = [named, origins, sinceMs, limit]
      const { rows } =
        overMs === undefined
          ? await db.query<Row<StoredSample>>(selectNewest, values)
          : await db.query<Row<StoredSample>>(selectWorst, [...values, overMs])
      return rows.map(toSample)
    },
    async samplesOf(ids) {
      if (ids.length === 0) return []
      const values = [ids, ids.length * SAMPLES_OF_ONE_ID_MAX]
      const { rows } = await db.query<Row<StoredSample>>(selectSamplesOf, values)
      return rows.map(toSample)
    },
    latency: (question, limit) => latencyIn(db, question, limit),
    async blindest({ sinceMs, overMs }, limit) {
      const values = [sinceMs, overMs, limit]
      const { rows } = await db.query<{ edge: string; minutes: number; oldest_ms: bigint }>(
        selectBlindest,
        values,
      )
      return rows.map(({ edge, minutes, oldest_ms: oldest }) => {
        return { edge, minutes, oldestMs: Number(oldest) }
      })
    },
    edgeMinutes: (minutes, edges) => edgeMinutesBy(db, selectMinutesOfEdges, [minutes, edges]),
  }
}

/**
 * Of the $2 live samples that were closed last since $1, and appended since: how long each stage took, by spans of $3 and
 * buckets, and over all. Stage $4, or every one; $5 are what separates the buckets. The stages are those of `stageTimes`.
 */
const selectLatency: Statement = {
  name: 'sli-latency',
  text: `
    WITH newest AS MATERIALIZED (
      SELECT id, tenant, source, partition, appended_at_ms, complete_ms, edges,
        row_number() OVER (ORDER BY closed_at_ms DESC) AS place
      FROM change_sample
      WHERE closed_at_ms IS NOT NULL AND closed_at_ms >= $1 AND origin = 'live'
      ORDER BY closed_at_ms DESC LIMIT $2 + 1),
    timed AS (
      SELECT n.appended_at_ms - n.appended_at_ms % $3 AS from_ms, v.stage, v.ms
      FROM newest n JOIN change_log c USING (id, tenant, source, partition),
      LATERAL (VALUES
        ('source', greatest(0, c.appended_at_ms - c.occurred_at_ms)),
        ('ingest', greatest(0, c.received_at_ms - c.appended_at_ms)),
        ('reconcile', greatest(0, c.applied_at_ms - c.received_at_ms)),
        ('publish', CASE WHEN c.published_at_ms IS NOT NULL
           THEN greatest(0, c.published_at_ms - c.applied_at_ms) END),
        ('edge_apply', CASE
           WHEN c.published_at_ms IS NULL THEN NULL
           WHEN n.complete_ms IS NULL THEN $6
           WHEN n.edges > 0
             THEN greatest(0, n.complete_ms - greatest(0, c.published_at_ms - c.appended_at_ms)) END),
        ('complete', CASE
           WHEN n.complete_ms IS NULL THEN $6
           WHEN n.edges > 0 AND c.published_at_ms IS NOT NULL THEN n.complete_ms END)
      ) v (stage, ms)
      WHERE n.place <= $2 AND n.appended_at_ms >= $1 AND v.ms IS NOT NULL AND ($4::text IS NULL OR v.stage = $4))
    SELECT stage, from_ms, width_bucket(ms::float8, $5::float8[]) AS bucket, count(*)::int AS changes,
      percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY ms) AS shares, max(ms) AS max_ms,
      (SELECT count(*) > $2 FROM newest) AS is_cut
    FROM timed GROUP BY GROUPING SETS ((1, 2, 3), (1)) ORDER BY from_ms NULLS FIRST, bucket`,
}

/** A cell, or, without a span, a stage over all of them. */
interface LatencyRow extends Record<string, unknown> {
  stage: LatencyStage
  from_ms: bigint | null
  bucket: number | null
  changes: number
  shares: readonly (bigint | string)[]
  max_ms: bigint
  is_cut: boolean
}

/** A bound belongs to its bucket, and times are whole. */
const SEPARATORS = LATENCY_BOUNDS_MS.map((bound) => bound + 0.5)

/** The stage times of the newest changes. */
async function latencyIn(
  db: Queryable,
  { sinceMs, stepMs, stage }: LatencyQuestion,
  limit: number,
): Promise<LatencyMap> {
  const values = [sinceMs, limit, stepMs, stage, SEPARATORS, NEVER_MS]
  const { rows } = await db.query<LatencyRow>(selectLatency, values)
  const ordered = LATENCY_STAGES.flatMap((name) => rows.filter((row) => row.stage === name))
  return {
    cells: ordered.flatMap(({ stage: name, from_ms: fromMs, bucket, changes }) =>
      fromMs === null || bucket === null
        ? []
        : [{ stage: name, fromMs: Number(fromMs), bucket, changes }],
    ),
    stages: ordered.flatMap(({ stage: name, from_ms: fromMs, changes, shares, max_ms: maxMs }) => {
      const [p50Ms = 0, p99Ms = 0] = shares.map(Number)
      return fromMs === null ? [{ stage: name, changes, p50Ms, p99Ms, maxMs: Number(maxMs) }] : []
    }),
    isCut: rows.some((row) => row.is_cut),
  }
}

import {
  LATENCY_BOUNDS_MS,
  LATENCY_STAGES,
  NEVER_MS,
  type LatencyStage,
} from '@freshet/protocol/slo'
import type {
  BlindEdge,
  ChangeSample,
  EdgeMinute,
  LatencyMap,
  LatencyQuestion,
  SliStore,
  SloSpan,
  SloSum,
} from '@freshet/insight'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import { addTo, MINUTE_OF_EDGE, sliTurn } from './sli-turn.ts'

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
      const { rows } = await db.query<SloSum>(selectSums, [nowMs, ascending])
      return rows
    },
    async history(slo, origins, { sinceMs, stepMs }) {
      const { rows } = await db.query<SloSpan>(selectHistory, [slo, origins, sinceMs, stepMs])
      return rows
    },
    async samples({ class: named, origins, sinceMs, overMs }, limit) {
      const values = [named, origins, sinceMs, limit]
      const { rows } =
        overMs === undefined
          ? await db.query<ChangeSample>(selectNewest, values)
          : await db.query<ChangeSample>(selectWorst, [...values, overMs])
      return rows
    },
    async samplesOf(ids) {
      if (ids.length === 0) return []
      const values = [ids, ids.length * SAMPLES_OF_ONE_ID_MAX]
      const { rows } = await db.query<ChangeSample>(selectSamplesOf, values)
      return rows
    },
    latency: (question, limit) => latencyIn(db, question, limit),
    async blindest({ sinceMs, overMs }, limit) {
      const { rows } = await db.query<BlindEdge>(selectBlindest, [sinceMs, overMs, limit])
      return rows
    },
    async edgeMinutes(minutes, edges) {
      const { rows } = await db.query<EdgeMinute>(selectMinutesOfEdges, [minutes, edges])
      return rows
    },
  }
}

/** One measures at a time. */
const tryTurn: Statement = {
  name: 'sli-try-turn',
  text: `SELECT pg_try_advisory_xact_lock(7310585030482047081) AS taken`,
}

/**
 * Sums by service level and origin over each of the spans ($2, ascending) that end at $1. Each minute is
 * looked at once, whatever the number of spans: it is of those that are longer than it is old.
 */
const selectSums: Statement = {
  name: 'sli-sums',
  text: `
    WITH aged AS (
      SELECT slo, origin, width_bucket($1 - minute_ms, $2::bigint[]) AS shorter, sum(good) AS good,
        sum(valid) AS valid, min(minute_ms) AS first_ms
      FROM slo_minute WHERE minute_ms <= $1 AND minute_ms > $1 - ($2::bigint[])[cardinality($2::bigint[])]
      GROUP BY 1, 2, 3)
    SELECT slo, origin, span_ms::float8 AS "spanMs", sum(good)::float8 AS good,
      sum(valid)::float8 AS valid, ($1 - min(first_ms))::float8 AS "measuredMs"
    FROM aged JOIN unnest($2::bigint[]) WITH ORDINALITY AS s (span_ms, n) ON s.n > shorter
    GROUP BY slo, origin, span_ms`,
}

/** Sums of service level $1 and origins $2 by spans of $4 since $3. */
const selectHistory: Statement = {
  name: 'sli-history',
  text: `
    SELECT (minute_ms - minute_ms % $4)::float8 AS "fromMs", sum(good)::float8 AS good,
      sum(valid)::float8 AS valid
    FROM slo_minute WHERE slo = $1 AND origin = ANY ($2::text[]) AND minute_ms >= $3
    GROUP BY 1 ORDER BY 1`,
}

const SAMPLE = `tenant, source, id, partition, origin, class, appended_at_ms::float8 AS "appendedAtMs",
  closed_at_ms::float8 AS "closedAtMs", complete_ms::float8 AS "completeMs", edges, slowest, missing,
  is_upper_bound AS "isUpperBound"`

/** Samples of class $1 (null: any) and origins $2 that were closed since $3, newest first, at most $4. */
const selectNewest: Statement = {
  name: 'sli-newest',
  text: `
    SELECT ${SAMPLE} FROM change_sample
    WHERE closed_at_ms IS NOT NULL AND ($1::text IS NULL OR class = $1)
      AND origin = ANY ($2::text[]) AND closed_at_ms >= $3
    ORDER BY closed_at_ms DESC, id LIMIT $4`,
}

/** The same, of those that took longer than $5, the worst first. */
const selectWorst: Statement = {
  name: 'sli-worst',
  text: `
    SELECT ${SAMPLE} FROM change_sample
    WHERE closed_at_ms IS NOT NULL AND ($1::text IS NULL OR class = $1)
      AND origin = ANY ($2::text[]) AND closed_at_ms >= $3
      AND coalesce(complete_ms, 900000) > $5
    ORDER BY coalesce(complete_ms, 900000) DESC, closed_at_ms DESC, id LIMIT $4`,
}

/** Closed samples of changes of ids ($1), at most $2. */
const selectSamplesOf: Statement = {
  name: 'sli-samples-of',
  text: `
    SELECT ${SAMPLE} FROM change_sample WHERE id = ANY ($1::text[]) AND closed_at_ms IS NOT NULL
    ORDER BY closed_at_ms DESC LIMIT $2`,
}

/** Edges whose view was older than $2 since minute $1, at most $3. */
const selectBlindest: Statement = {
  name: 'sli-blindest',
  text: `
    SELECT edge, count(*)::int AS minutes, max(oldest_ms)::float8 AS "oldestMs" FROM edge_minute
    WHERE minute_ms >= $1 AND oldest_ms > $2
    GROUP BY edge ORDER BY minutes DESC, "oldestMs" DESC, edge LIMIT $3`,
}

/** Removes at most $2 samples that were closed before $1, and at most $2 minutes from before. */
const forgetSamples: Statement = {
  name: 'sli-forget',
  text: `
    WITH samples AS (
      DELETE FROM change_sample WHERE ctid IN (
        SELECT ctid FROM change_sample
        WHERE closed_at_ms IS NOT NULL AND closed_at_ms < $1 LIMIT $2))
    DELETE FROM slo_minute WHERE (slo, origin, minute_ms) IN (
      SELECT slo, origin, minute_ms FROM slo_minute WHERE minute_ms < $1 LIMIT $2)`,
}

/** The states within minutes $1 of edges with names $2, each of which is looked up. */
const selectMinutesOfEdges: Statement = {
  name: 'sli-minutes-of-edges',
  planEach: true,
  text: `
    SELECT ${MINUTE_OF_EDGE} FROM edge_minute
    WHERE minute_ms = ANY ($1::bigint[]) AND edge = ANY ($2::text[])
    ORDER BY minute_ms, edge COLLATE "C"`,
}

/**
 * Of the $2 live samples that were closed last since $1, and appended since: how long each stage took, by spans of $3 and
 * buckets, and over all. Stage $4, or every one; $5 are what separates the buckets. Times between two
 * clocks that are below zero count as none. A change for which no edge counted has no edge time, only that it was never complete.
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
      SELECT (n.appended_at_ms - n.appended_at_ms % $3)::float8 AS "fromMs", v.stage, v.ms
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
    SELECT stage, "fromMs", width_bucket(ms::float8, $5::float8[]) AS bucket,
      count(*)::int AS changes, max(ms)::float8 AS "maxMs",
      percentile_disc(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY ms::float8) AS shares,
      (SELECT count(*) > $2 FROM newest) AS "isCut"
    FROM timed GROUP BY GROUPING SETS ((1, 2, 3), (1)) ORDER BY "fromMs" NULLS FIRST, bucket`,
}

/** A cell, or, without a span, a stage over all of them. */
interface LatencyRow {
  readonly stage: LatencyStage
  readonly fromMs: number | null
  readonly bucket: number | null
  readonly changes: number
  readonly shares: readonly number[]
  readonly maxMs: number
  readonly isCut: boolean
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
    cells: ordered.flatMap(({ stage: name, fromMs, bucket, changes }) =>
      fromMs === null || bucket === null ? [] : [{ stage: name, fromMs, bucket, changes }],
    ),
    stages: ordered.flatMap(({ stage: name, fromMs, changes, shares, maxMs }) => {
      const [p50Ms = 0, p99Ms = 0] = shares
      return fromMs === null ? [{ stage: name, changes, p50Ms, p99Ms, maxMs }] : []
    }),
    isCut: rows.some((row) => row.isCut),
  }
}

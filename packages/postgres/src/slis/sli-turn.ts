import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import type {
  ApplyOfChange,
  EdgeMinute,
  OpenChange,
  RecordedChange,
  RecordedSpan,
  SliStatus,
  SliStep,
  SliTurn,
  SloCount,
} from '@freshet/insight'
import { columnsOf, int4s, int8s, jsonbs, texts } from '../rows/columns.ts'
import { RECORDED_APPLY } from '../observatory/observatory-store.ts'
import { LOGGED } from '../observatory/select-changes.ts'
import { countEdges } from '../observatory/reports/report-statements.ts'
import {
  selectEdges,
  toKnownEdge,
  uncountedEdges,
  type EdgeRow,
} from '../observatory/select-edges.ts'
import type { Queryable, Statement } from '../connection/query.ts'
type Row<T> = T & Record<string, unknown>

/** One turn inside a transaction. */
export function sliTurn(tx: Queryable): SliTurn {
  return {
    async status() {
      const { rows } = await tx.query<Row<TurnStatusRow>>(selectTurnStatus)
      return statusOf(rows)
    },
    async recorded(spans, limit) {
      if (spans.length === 0) return []
      const values = [...spanColumns(spans), limit]
      const { rows } = await tx.query<RecordedChange>(selectRecorded, values)
      return rows
    },
    async open(after, limit) {
      const values = [after?.appendedAtMs ?? 0, after?.id ?? '', limit]
      const { rows } = await tx.query<OpenChange>(selectOpen, values)
      return rows
    },
    async edges(sinceMs) {
      const { rows } = await tx.query<Row<EdgeRow>>(selectEdges, [sinceMs, COUNTED_EDGES_MAX])
      return rows.map(toKnownEdge)
    },
    async countEdges(sinceMs, limit) {
      const { rows } = await tx.query<{ edges: bigint }>(countEdges, [sinceMs, limit])
      return Number(rows[0]?.edges ?? 0)
    },
    uncountedEdges: (sinceMs) => uncountedEdges(tx, sinceMs),
    async applies(changes, edges) {
      if (changes.length === 0 || edges.length === 0) return []
      const places = columnsOf(changes, [
        int4s(({ partition }) => partition),
        int8s(({ offset }) => offset),
      ])
      const { rows } = await tx.query<ApplyOfChange>(selectAppliesOf, [...places, edges])
      return rows
    },
    async edgeMinute(minuteMs) {
      const { rows } = await tx.query<EdgeMinute>(selectEdgeMinutes, [minuteMs, COUNTED_EDGES_MAX])
      return rows
    },
    save: (step) => save(tx, step),
  }
}

function statusOf(rows: readonly TurnStatusRow[]): SliStatus {
  const minuteMs = rows[0]?.minute_ms ?? null
  return {
    recorded: rows.map(({ partition, e, next_offset: nextOffset }) => {
      return { partition, e, nextOffset }
    }),
    cursors: rows.flatMap(({ partition, cursor_e: e, cursor_next: nextOffset, open }) =>
      e === null || nextOffset === null ? [] : [{ partition, e, nextOffset, open: open ?? [] }],
    ),
    minuteMs: minuteMs === null ? null : Number(minuteMs),
  }
}

async function save(tx: Queryable, step: SliStep): Promise<void> {
  const { opened, closed, counts, cursors, minuteMs } = step
  await Promise.all([
    opened.length > 0 && tx.query(insertOpen, openColumns(opened)),
    closed.length > 0 && tx.query(closeSamples, [JSON.stringify(closed)]),
    addTo(tx, counts),
    tx.query(
      upsertCursors,
      columnsOf(cursors, [
        int4s(({ partition }) => partition),
        int8s(({ e }) => e),
        int8s(({ nextOffset }) => nextOffset),
        jsonbs(({ open }) => JSON.stringify(open)),
      ]),
    ),
    tx.query(upsertMinute, [minuteMs]),
  ])
}

function spanColumns(spans: readonly RecordedSpan[]): readonly Buffer[] {
  return columnsOf(spans, [
    int4s(({ from }) => from.partition),
    int8s(({ from }) => from.e),
    int8s(({ from }) => from.nextOffset),
    int8s(({ below }) => below),
  ])
}

function openColumns(opened: SliStep['opened']): readonly Buffer[] {
  return columnsOf(opened, [
    texts(({ tenant }) => tenant),
    texts(({ source }) => source),
    texts(({ id }) => id),
    int4s(({ partition }) => partition),
    texts(({ origin }) => origin),
    texts((row) => row.measuredClass),
    int8s(({ appendedAtMs }) => appendedAtMs),
  ])
}

/** Adds counts to their minutes. */
export async function addTo(db: Queryable, counts: readonly SloCount[]): Promise<void> {
  if (counts.length === 0) return
  const columns = columnsOf(counts, [
    texts(({ slo }) => slo),
    texts(({ origin }) => origin),
    int8s(({ minuteMs }) => minuteMs),
    int8s(({ good }) => good),
    int8s(({ valid }) => valid),
  ])
  await db.query(upsertCounts, columns)
}

/** The state of an edge within a minute, by the columns of `edge_minute`. */
export const MINUTE_OF_EDGE: string = `edge, minute_ms::float8 AS "minuteMs", oldest_ms::float8 AS "oldestMs",
  allows::float8 AS allows, denies::float8 AS denies, challenges::float8 AS challenges,
  CASE WHEN denied_stale + denied_unverified + denied_insufficient + denied_other IS NOT NULL THEN
    jsonb_build_object('stale', denied_stale, 'unverified', denied_unverified,
      'insufficient', denied_insufficient, 'other', denied_other) END AS denied`

/** The progress of recording and measuring, in one snapshot. */
const selectTurnStatus: Statement = {
  name: 'sli-standing',
  text: `
    SELECT p.partition, p.e, p.next_offset, c.e AS cursor_e, c.next_offset AS cursor_next, c.open,
      (SELECT minute_ms FROM sli_minute) AS minute_ms
    FROM progress p LEFT JOIN sli_cursor c USING (partition) ORDER BY p.partition`,
}

/** Its row. */
interface TurnStatusRow {
  partition: number
  e: bigint
  next_offset: bigint
  cursor_e: bigint | null
  cursor_next: bigint | null
  open: readonly string[] | null
  minute_ms: bigint | null
}

/** Changes of each partition ($1) in its incarnation ($2) from an offset ($3) on and below another ($4), at most $5 of each. */
const selectRecorded: Statement = {
  name: 'sli-recorded',
  text: `
    SELECT c.* FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[])
        AS span (partition, e, next, below)
    CROSS JOIN LATERAL (
      SELECT ${LOGGED}, EXISTS (
        SELECT FROM quarantine q WHERE q.partition = c.partition AND q.sent_e = c.e
          AND q.sent_offset = c.log_offset) AS "isReplayed"
      FROM change_log c
      WHERE c.partition = span.partition AND c.e = span.e AND c.log_offset >= span.next
        AND c.log_offset < span.below
      ORDER BY c.log_offset LIMIT $5) AS c
    ORDER BY c.partition, c."offset"`,
}

/** Open changes behind an append ($1) and id ($2), at most $3. */
const selectOpen: Statement = {
  name: 'sli-open',
  text: `
    SELECT ${LOGGED}, s.origin, s.class AS "measuredClass", s.origin = 'replay' AS "isReplayed"
    FROM (SELECT * FROM change_sample
          WHERE closed_at_ms IS NULL AND (appended_at_ms, id) > ($1::bigint, $2::text)
          ORDER BY appended_at_ms, id LIMIT $3) s
    JOIN change_log c USING (id, tenant, source, partition)
    ORDER BY s.appended_at_ms, s.id`,
}

/**
 * Selects the first apply beyond each change (partitions $1, offsets $2) of each edge or group ($3). The last edge of
 * a group counts. The sign avoids the index by time, which would be read whole if there is no group.
 */
export const selectAppliesOf: Statement = {
  name: 'sli-applies',
  planEach: true,
  text: `
    SELECT c.partition, c.log_offset AS "offset", ${RECORDED_APPLY}
    FROM unnest($1::int[], $2::bigint[]) AS c (partition, log_offset)
    CROSS JOIN unnest($3::text[]) AS e (edge)
    CROSS JOIN LATERAL (
      SELECT * FROM (
        SELECT * FROM edge_apply a
        WHERE a.partition = c.partition AND a.edge = e.edge AND a.up_to > c.log_offset
        ORDER BY a.up_to LIMIT 1) first
      WHERE first.from_offset IS NULL
      UNION ALL (
        SELECT * FROM edge_apply a
        WHERE a.partition = c.partition AND a.edge = e.edge AND a.up_to > c.log_offset
          AND a.from_offset <= c.log_offset
        ORDER BY -a.applied_at_ms LIMIT 1)) a`,
}

/** The states of edges within minute $1, of at most $2. */
const selectEdgeMinutes: Statement = {
  name: 'sli-edge-minutes',
  text: `
    SELECT ${MINUTE_OF_EDGE} FROM edge_minute WHERE minute_ms = $1 ORDER BY edge LIMIT $2`,
}

/** Changes that are measured from now on: $1 tenants, $2 sources, $3 ids, $4 partitions, $5 origins, $6 classes, $7 appends. */
const insertOpen: Statement = {
  name: 'sli-insert-open',
  text: `
    INSERT INTO change_sample (tenant, source, id, partition, origin, class, appended_at_ms)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[],
      $7::bigint[])
    ON CONFLICT DO NOTHING`,
}

/** Closes samples as a JSON array ($1). One that is closed stays as it is. */
const closeSamples: Statement = {
  name: 'sli-close',
  text: `
    UPDATE change_sample s SET closed_at_ms = n."closedAtMs", complete_ms = n."completeMs",
      edges = n.edges, slowest = n.slowest, missing = n.missing, is_upper_bound = n."isUpperBound"
    FROM jsonb_to_recordset($1::jsonb) AS n (tenant text, source text, id text, partition int,
      "closedAtMs" bigint, "completeMs" bigint, edges int, slowest text, missing text[],
      "isUpperBound" boolean)
    WHERE s.id = n.id AND s.tenant = n.tenant AND s.source = n.source AND s.partition = n.partition
      AND s.closed_at_ms IS NULL`,
}

/** Adds to minutes: $1 names, $2 origins, $3 minutes, $4 good, $5 valid. */
const upsertCounts: Statement = {
  name: 'sli-add',
  text: `
    INSERT INTO slo_minute AS m (slo, origin, minute_ms, good, valid)
    SELECT slo, origin, minute_ms, sum(good), sum(valid)
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
      AS n (slo, origin, minute_ms, good, valid)
    GROUP BY slo, origin, minute_ms ORDER BY slo, origin, minute_ms
    ON CONFLICT (slo, origin, minute_ms) DO UPDATE
      SET good = m.good + excluded.good, valid = m.valid + excluded.valid`,
}

/** The begin of the next turn: $1 partitions, $2 incarnations, $3 offsets, $4 open statements. */
const upsertCursors: Statement = {
  name: 'sli-cursors',
  text: `
    INSERT INTO sli_cursor AS c (partition, e, next_offset, open)
    SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::jsonb[])
    ON CONFLICT (partition) DO UPDATE
      SET e = excluded.e, next_offset = excluded.next_offset, open = excluded.open
      WHERE (c.e, c.next_offset, c.open) IS DISTINCT FROM
        (excluded.e, excluded.next_offset, excluded.open)`,
}

/** The first minute that was not counted yet ($1). */
const upsertMinute: Statement = {
  name: 'sli-minute',
  text: `
    INSERT INTO sli_minute AS m (minute_ms) VALUES ($1)
    ON CONFLICT (only_one) DO UPDATE SET minute_ms = excluded.minute_ms
      WHERE m.minute_ms <> excluded.minute_ms`,
}

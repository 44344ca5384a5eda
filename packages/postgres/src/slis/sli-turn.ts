import { COUNTED_EDGES_MAX } from '@freshet/protocol/slo'
import type {
  OpenChange,
  RecordedChange,
  RecordedSpan,
  SliStatus,
  SliStep,
  SliTurn,
} from '@freshet/insight'
import { columnsOf, int4s, int8s, jsonbs, texts } from '../rows/columns.ts'
import { toEdgeApply, type ApplyRow } from '../observatory/observatory-store.ts'
import { countEdges } from '../observatory/reports/report-statements.ts'
import {
  selectEdges,
  toKnownEdge,
  uncountedEdges,
  type EdgeRow,
} from '../observatory/select-edges.ts'
import type { Queryable } from '../connection/query.ts'
import { addTo, edgeMinutesBy } from './sli-rows.ts'
import {
  closeSamples,
  insertOpen,
  selectAppliesOf,
  selectEdgeMinutes,
  selectOpen,
  selectRecorded,
  selectTurnStatus,
  upsertCursors,
  upsertMinute,
  type TurnStatusRow,
} from './turn-statements.ts'

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
      const values = [...places, edges]
      const { rows } = await tx.query<Row<ApplyRow & { partition: number; log_offset: bigint }>>(
        selectAppliesOf,
        values,
      )
      return rows.map((row) => {
        return { ...toEdgeApply(row), partition: row.partition, offset: row.log_offset }
      })
    },
    edgeMinute: (minuteMs) => edgeMinutesBy(tx, selectEdgeMinutes, [minuteMs, COUNTED_EDGES_MAX]),
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

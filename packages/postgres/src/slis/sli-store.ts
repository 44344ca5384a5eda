import type { SampleOrigin } from '@freshet/protocol/slo'
import type { SliStore } from '@freshet/insight'
import type { Database } from '../connection/pool.ts'
import type { Queryable } from '../connection/query.ts'
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
import { latencyIn } from './select-latency.ts'
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

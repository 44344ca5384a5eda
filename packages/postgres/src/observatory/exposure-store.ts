import type { EdgeStart, ExposedChange, ExposureStore } from '@freshet/insight'
import type { Queryable } from '../connection/query.ts'
import * as statements from './exposure-statements.ts'

const EXPOSED_MAX = 1_000
const STARTS_MAX = 20_000
const USES_MAX = 10_000

interface ExposedRow {
  edge: string
  route: string
  requests: bigint
  first_at_ms: bigint
  last_at_ms: bigint
  error_ms: number | null
}

interface WorstRow {
  tenant: string
  change: string
  edge: string
  route: string
  requests: bigint
  last_at_ms: bigint
}

interface StartRow {
  edge: string
  start: string
  first_at_ms: bigint
  last_at_ms: bigint
  clock_offset_ms: number | null
  clock_error_ms: number | null
}

interface UseRow {
  audience: string
  route: string
  claim: string
  decisions: bigint
  required: bigint
  needed: bigint
  carried: bigint
  since_day: number
}

type Raw<Row> = Row & Record<string, unknown>

/** The edges' measurements, in Postgres. */
export function postgresExposureStore(db: Queryable): ExposureStore {
  return {
    async exposed({ tenant, id, partition, occurredAtMs }) {
      const values = [tenant, id, partition, occurredAtMs, EXPOSED_MAX]
      const { rows } = await db.query<Raw<ExposedRow>>(statements.selectExposed, values)
      return rows.map(({ edge, route, ...row }) => ({
        edge,
        route,
        requests: Number(row.requests),
        firstAtMs: Number(row.first_at_ms),
        lastAtMs: Number(row.last_at_ms),
        errorMs: row.error_ms,
      }))
    },
    async worstExposed(sinceMs, limit) {
      const { rows } = await db.query<Raw<WorstRow>>(statements.selectWorstExposed, [
        sinceMs,
        limit,
      ])
      return rows.map(toExposedChange)
    },
    async starts(sinceMs) {
      const values = [sinceMs, STARTS_MAX]
      const { rows } = await db.query<Raw<StartRow>>(statements.selectStarts, values)
      return rows.map(toEdgeStart)
    },
    async uses({ fromDay }) {
      const values = [fromDay, USES_MAX]
      const { rows } = await db.query<Raw<UseRow>>(statements.selectUses, values)
      return rows.map(({ audience, route, claim, since_day: sinceDay, ...row }) => ({
        audience,
        route,
        claim,
        sinceDay,
        decisions: Number(row.decisions),
        required: Number(row.required),
        needed: Number(row.needed),
        carried: Number(row.carried),
      }))
    },
    async forgetExposed(beforeMs) {
      await db.query(statements.forgetExposed, [beforeMs])
    },
    async forgetUses({ fromDay }) {
      await db.query(statements.forgetUses, [fromDay])
    },
  }
}

function toExposedChange({ tenant, change, edge, route, ...row }: WorstRow): ExposedChange {
  const [requests, lastAtMs] = [Number(row.requests), Number(row.last_at_ms)]
  return { tenant, change, edge, route, requests, lastAtMs }
}

function toEdgeStart(row: StartRow): EdgeStart {
  const { edge, start, clock_offset_ms: offsetMs, clock_error_ms: errorMs } = row
  return {
    edge,
    start,
    firstAtMs: Number(row.first_at_ms),
    lastAtMs: Number(row.last_at_ms),
    clock: offsetMs === null ? null : { offsetMs, errorMs },
  }
}

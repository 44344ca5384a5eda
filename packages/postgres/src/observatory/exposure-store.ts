import { measuredClass } from '@freshet/domain/slo'
import { dayOf } from '@freshet/domain/usage'
import type { EdgeStart, ExposureStore, NewExposure, NumberedReport } from '@freshet/observatory'
import type { Queryable } from '../query.ts'
import * as statements from './exposure-statements.ts'

const EXPOSED_MAX = 1_000
const STARTS_MAX = 2_000
const USES_MAX = 10_000

interface ExposedRow {
  edge: string
  route: string
  requests: bigint
  first_at_ms: bigint
  last_at_ms: bigint
  error_ms: number | null
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

/** What edges measured, in Postgres. */
export function postgresExposureStore(db: Queryable): ExposureStore {
  return {
    keepNumbered: (report, reportedAtMs) => keepNumbered(db, report, reportedAtMs),
    keepExposed: (report, reportedAtMs) => keepExposed(db, report, reportedAtMs),
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

async function keepNumbered(
  db: Queryable,
  { edge, start, n, clock, used = [] }: NumberedReport,
  reportedAtMs: number,
): Promise<boolean> {
  const { rows } = await db.query(statements.keepNumbered, [
    edge,
    start,
    n,
    reportedAtMs,
    clock?.offsetMs ?? null,
    clock?.errorMs ?? null,
    dayOf(reportedAtMs),
    used.map(({ audience }) => audience),
    used.map(({ route }) => route),
    used.map(({ claim }) => claim),
    used.map(({ decisions }) => decisions),
    used.map(({ required }) => required),
    used.map(({ needed }) => needed),
    used.map(({ carried }) => carried),
  ])
  return rows.length > 0
}

async function keepExposed(
  db: Queryable,
  { edge, start, clock, exposed = [] }: NumberedReport,
  reportedAtMs: number,
): Promise<readonly NewExposure[]> {
  type Row = { requests: bigint; class: string | null; kind: string | null }
  const { rows } = await db.query<Row>(statements.keepExposed, [
    edge,
    start,
    reportedAtMs,
    clock?.errorMs ?? null,
    exposed.map(({ tenant }) => tenant),
    exposed.map(({ change }) => change),
    exposed.map(({ partition }) => partition),
    exposed.map(({ offset }) => offset),
    exposed.map(({ route }) => route),
    exposed.map(({ commitAtMs }) => commitAtMs),
    exposed.map(({ requests }) => requests),
    exposed.map(({ firstAtMs }) => firstAtMs),
    exposed.map(({ lastAtMs }) => lastAtMs),
  ])
  return rows.map(({ requests, kind, class: own }) => {
    const measured = kind === null ? null : measuredClass({ class: own, kind })
    return { class: measured, requests: Number(requests) }
  })
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

import type { EdgeStart, ExposedChange, ExposureStore } from '@freshet/insight'
import type { Queryable, Statement } from '../connection/query.ts'

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
      const { rows } = await db.query<Raw<ExposedRow>>(selectExposed, values)
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
      const { rows } = await db.query<Raw<WorstRow>>(selectWorstExposed, [sinceMs, limit])
      return rows.map(toExposedChange)
    },
    async starts(sinceMs) {
      const values = [sinceMs, STARTS_MAX]
      const { rows } = await db.query<Raw<StartRow>>(selectStarts, values)
      return rows.map(toEdgeStart)
    },
    async uses({ fromDay }) {
      const values = [fromDay, USES_MAX]
      const { rows } = await db.query<Raw<UseRow>>(selectUses, values)
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
      await db.query(forgetExposed, [beforeMs])
    },
    async forgetUses({ fromDay }) {
      await db.query(forgetUses, [fromDay])
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

/** The largest number that JSON carries exactly: a count stays there, whatever is reported. */
const COUNT_MAX = 9_007_199_254_740_991n

const sum = (column: string): string => `least(sum(${column}), ${COUNT_MAX})::bigint`
/** The reported exposures of change $2 of tenant $1 in partition $3, committed at $4: at most $5. */
const selectExposed: Statement = {
  name: 'observatory-exposed',
  text: `
    SELECT edge, route, requests, first_at_ms, last_at_ms, error_ms FROM edge_exposure
    WHERE tenant = $1 AND change = $2 AND partition = $3 AND commit_at_ms = $4
    ORDER BY edge COLLATE "C", route COLLATE "C" LIMIT $5`,
}

/** The exposures reported at or after $1, by change, edge and route, with the most requests first: at most $2. */
const selectWorstExposed: Statement = {
  name: 'observatory-worst-exposed',
  text: `
    SELECT tenant, change, edge, route, ${sum('requests')} AS requests, max(last_at_ms) AS last_at_ms
    FROM edge_exposure WHERE reported_at_ms >= $1
    GROUP BY tenant, change, edge, route
    ORDER BY requests DESC, last_at_ms DESC, tenant COLLATE "C", change COLLATE "C", edge COLLATE "C",
      route COLLATE "C"
    LIMIT $2`,
}

/** Starts of edges that reported at or after $1, the latest first, at most $2. */
const selectStarts: Statement = {
  name: 'observatory-starts',
  text: `
    SELECT edge, start, first_at_ms, last_at_ms, clock_offset_ms, clock_error_ms FROM edge_start
    WHERE last_at_ms >= $1 ORDER BY last_at_ms DESC LIMIT $2`,
}

/** The uses by routes since day $1, at most $2. */
const selectUses: Statement = {
  name: 'observatory-uses',
  text: `
    SELECT audience, route, claim, ${sum('decisions')} AS decisions, ${sum('required')} AS required,
      ${sum('needed')} AS needed, ${sum('carried')} AS carried, min(day) AS since_day
    FROM claim_use WHERE day >= $1
    GROUP BY audience, route, claim ORDER BY audience, route, claim LIMIT $2`,
}

/** Removes exposures that were reported before $1. */
const forgetExposed: Statement = {
  name: 'observatory-forget-exposed',
  text: 'DELETE FROM edge_exposure WHERE reported_at_ms < $1',
}

/** Forgets uses of the days before $1. */
const forgetUses: Statement = {
  name: 'observatory-forget-uses',
  text: 'DELETE FROM claim_use WHERE day < $1',
}

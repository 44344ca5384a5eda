import type {
  EdgeExposure,
  EdgeStart,
  ExposedChange,
  ExposureStore,
  UsedSince,
} from '@freshet/insight'
import type { Queryable, Statement } from '../connection/query.ts'

const EXPOSED_MAX = 1_000
const STARTS_MAX = 20_000
const USES_MAX = 10_000

/** The edges' measurements, in Postgres. */
export function postgresExposureStore(db: Queryable): ExposureStore {
  return {
    async exposed({ tenant, id, partition, occurredAtMs }) {
      const values = [tenant, id, partition, occurredAtMs, EXPOSED_MAX]
      const { rows } = await db.query<EdgeExposure>(selectExposed, values)
      return rows
    },
    async worstExposed(sinceMs, limit) {
      const { rows } = await db.query<ExposedChange>(selectWorstExposed, [sinceMs, limit])
      return rows
    },
    async starts(sinceMs) {
      const { rows } = await db.query<EdgeStart>(selectStarts, [sinceMs, STARTS_MAX])
      return rows
    },
    async uses({ fromDay }) {
      const { rows } = await db.query<UsedSince>(selectUses, [fromDay, USES_MAX])
      return rows
    },
    async forgetExposed(beforeMs) {
      await db.query(forgetExposed, [beforeMs])
    },
    async forgetUses({ fromDay }) {
      await db.query(forgetUses, [fromDay])
    },
  }
}

/** The largest number that JSON carries exactly: a count stays there, whatever is reported. */
const COUNT_MAX = 9_007_199_254_740_991n

const sum = (column: string): string => `least(sum(${column}), ${COUNT_MAX})::float8`

/** The reported exposures of change $2 of tenant $1 in partition $3, committed at $4: at most $5. */
const selectExposed: Statement = {
  name: 'observatory-exposed',
  text: `
    SELECT edge, route, requests::float8 AS requests, first_at_ms::float8 AS "firstAtMs",
      last_at_ms::float8 AS "lastAtMs", error_ms AS "errorMs" FROM edge_exposure
    WHERE tenant = $1 AND change = $2 AND partition = $3 AND commit_at_ms = $4
    ORDER BY edge COLLATE "C", route COLLATE "C" LIMIT $5`,
}

/** The exposures reported at or after $1, by change, edge and route, with the most requests first: at most $2. */
const selectWorstExposed: Statement = {
  name: 'observatory-worst-exposed',
  text: `
    SELECT tenant, change, edge, route, ${sum('requests')} AS requests, max(last_at_ms)::float8 AS "lastAtMs"
    FROM edge_exposure WHERE reported_at_ms >= $1
    GROUP BY tenant, change, edge, route
    ORDER BY requests DESC, "lastAtMs" DESC, tenant COLLATE "C", change COLLATE "C", edge COLLATE "C",
      route COLLATE "C"
    LIMIT $2`,
}

/** Starts of edges that reported at or after $1, the latest first, at most $2. */
const selectStarts: Statement = {
  name: 'observatory-starts',
  text: `
    SELECT edge, start, first_at_ms::float8 AS "firstAtMs", last_at_ms::float8 AS "lastAtMs",
      CASE WHEN clock_offset_ms IS NOT NULL THEN
        jsonb_build_object('offsetMs', clock_offset_ms, 'errorMs', clock_error_ms) END AS clock
    FROM edge_start
    WHERE last_at_ms >= $1 ORDER BY last_at_ms DESC LIMIT $2`,
}

/** The uses by routes since day $1, at most $2. */
const selectUses: Statement = {
  name: 'observatory-uses',
  text: `
    SELECT audience, route, claim, ${sum('decisions')} AS decisions, ${sum('required')} AS required,
      ${sum('needed')} AS needed, ${sum('carried')} AS carried, min(day) AS "sinceDay"
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

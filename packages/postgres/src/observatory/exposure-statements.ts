import type { Statement } from '../connection/query.ts'

/** The largest number that JSON carries exactly: a count stays there, whatever is reported. */
const COUNT_MAX = 9_007_199_254_740_991n

const sum = (column: string): string => `least(sum(${column}), ${COUNT_MAX})::bigint`
/** The reported exposures of change $2 of tenant $1 in partition $3, committed at $4: at most $5. */
export const selectExposed: Statement = {
  name: 'observatory-exposed',
  text: `
    SELECT edge, route, requests, first_at_ms, last_at_ms, error_ms FROM edge_exposure
    WHERE tenant = $1 AND change = $2 AND partition = $3 AND commit_at_ms = $4
    ORDER BY edge COLLATE "C", route COLLATE "C" LIMIT $5`,
}

/** The exposures reported at or after $1, by change, edge and route, with the most requests first: at most $2. */
export const selectWorstExposed: Statement = {
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
export const selectStarts: Statement = {
  name: 'observatory-starts',
  text: `
    SELECT edge, start, first_at_ms, last_at_ms, clock_offset_ms, clock_error_ms FROM edge_start
    WHERE last_at_ms >= $1 ORDER BY last_at_ms DESC LIMIT $2`,
}

/** The uses by routes since day $1, at most $2. */
export const selectUses: Statement = {
  name: 'observatory-uses',
  text: `
    SELECT audience, route, claim, ${sum('decisions')} AS decisions, ${sum('required')} AS required,
      ${sum('needed')} AS needed, ${sum('carried')} AS carried, min(day) AS since_day
    FROM claim_use WHERE day >= $1
    GROUP BY audience, route, claim ORDER BY audience, route, claim LIMIT $2`,
}

/** Removes exposures that were reported before $1. */
export const forgetExposed: Statement = {
  name: 'observatory-forget-exposed',
  text: 'DELETE FROM edge_exposure WHERE reported_at_ms < $1',
}

/** Forgets uses of the days before $1. */
export const forgetUses: Statement = {
  name: 'observatory-forget-uses',
  text: 'DELETE FROM claim_use WHERE day < $1',
}

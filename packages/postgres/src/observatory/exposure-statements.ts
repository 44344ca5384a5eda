import type { Statement } from '../query.ts'

/** What JSON can carry exactly: beyond it a count stays where it is, whoever reports what. */
const COUNT_MAX = 9_007_199_254_740_991n

const sum = (column: string): string => `least(sum(${column}), ${COUNT_MAX})::bigint`
const added = (column: string): string =>
  `${column} = least(u.${column} + excluded.${column}, ${COUNT_MAX})`

/**
 * That report $3 of start $2 of edge $1 came at $4, with its clock ($5, $6), and what it used on day $7:
 * audiences ($8), routes ($9), claims ($10), decisions ($11), required ($12), needed ($13), carried ($14).
 * Nothing where it, or a later one of the start, had come.
 */
export const keepNumbered: Statement = {
  name: 'observatory-keep-numbered',
  text: `
    WITH kept AS (
      INSERT INTO edge_start AS s
        (edge, start, n, first_at_ms, last_at_ms, clock_offset_ms, clock_error_ms)
      VALUES ($1, $2, $3::bigint, $4::bigint, $4::bigint, $5::float8, $6::float8)
      ON CONFLICT (edge, start) DO UPDATE
        SET n = excluded.n, last_at_ms = greatest(s.last_at_ms, excluded.last_at_ms),
            clock_offset_ms = excluded.clock_offset_ms, clock_error_ms = excluded.clock_error_ms
        WHERE s.n < excluded.n
      RETURNING n
    ), used AS (
      INSERT INTO claim_use AS u (day, audience, route, claim, decisions, required, needed, carried)
      SELECT $7::int, audience, route, claim, ${sum('decisions')}, ${sum('required')},
        ${sum('needed')}, ${sum('carried')}
      FROM kept, unnest($8::text[], $9::text[], $10::text[], $11::bigint[], $12::bigint[],
          $13::bigint[], $14::bigint[])
        AS told (audience, route, claim, decisions, required, needed, carried)
      GROUP BY audience, route, claim
      ON CONFLICT (day, audience, route, claim) DO UPDATE
        SET ${['decisions', 'required', 'needed', 'carried'].map(added).join(', ')}
    )
    SELECT n FROM kept`,
}

/**
 * What start $2 of edge $1 let in too late, as told at $3 with the error $4: tenants ($5), changes ($6),
 * partitions ($7), offsets ($8), routes ($9), commit times ($10), requests ($11), first ($12), last ($13).
 * What was not known is told back, with class and kind of its change.
 */
export const keepExposed: Statement = {
  name: 'observatory-keep-exposed',
  text: `
    WITH added AS (
      INSERT INTO edge_exposure (edge, start, reported_at_ms, error_ms, tenant, change, partition,
        log_offset, route, commit_at_ms, requests, first_at_ms, last_at_ms)
      SELECT $1, $2, $3::bigint, $4::float8, told.*
      FROM unnest($5::text[], $6::text[], $7::int[], $8::bigint[], $9::text[], $10::bigint[],
        $11::bigint[], $12::bigint[], $13::bigint[]) AS told
      ON CONFLICT DO NOTHING
      RETURNING tenant, change, partition, commit_at_ms, requests
    )
    SELECT a.requests, c.class, c.kind
    FROM added a LEFT JOIN LATERAL (
        SELECT l.class, l.kind FROM change_log l
        WHERE l.id = a.change AND l.tenant = a.tenant AND l.partition = a.partition
          AND l.occurred_at_ms = a.commit_at_ms
        LIMIT 1) c ON true`,
}

/** What edges told of change $2 of tenant $1 in partition $3, committed at $4: at most $5. */
export const selectExposed: Statement = {
  name: 'observatory-exposed',
  text: `
    SELECT edge, route, requests, first_at_ms, last_at_ms, error_ms FROM edge_exposure
    WHERE tenant = $1 AND change = $2 AND partition = $3 AND commit_at_ms = $4
    ORDER BY edge COLLATE "C", route COLLATE "C" LIMIT $5`,
}

/** Starts of edges that reported at or after $1, the latest first, at most $2. */
export const selectStarts: Statement = {
  name: 'observatory-starts',
  text: `
    SELECT edge, start, first_at_ms, last_at_ms, clock_offset_ms, clock_error_ms FROM edge_start
    WHERE last_at_ms >= $1 ORDER BY last_at_ms DESC LIMIT $2`,
}

/** What routes used since day $1, at most $2. */
export const selectUses: Statement = {
  name: 'observatory-uses',
  text: `
    SELECT audience, route, claim, ${sum('decisions')} AS decisions, ${sum('required')} AS required,
      ${sum('needed')} AS needed, ${sum('carried')} AS carried, min(day) AS since_day
    FROM claim_use WHERE day >= $1
    GROUP BY audience, route, claim ORDER BY audience, route, claim LIMIT $2`,
}

/** Forgets exposures that were told before $1. */
export const forgetExposed: Statement = {
  name: 'observatory-forget-exposed',
  text: 'DELETE FROM edge_exposure WHERE reported_at_ms < $1',
}

/** Forgets uses of the days before $1. */
export const forgetUses: Statement = {
  name: 'observatory-forget-uses',
  text: 'DELETE FROM claim_use WHERE day < $1',
}

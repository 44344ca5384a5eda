import type { Statement } from '../../connection/query.ts'

/** The largest number that JSON carries exactly: a count stays there, whatever is reported. */
const COUNT_MAX = 9_007_199_254_740_991n

const added = (table: string, column: string): string =>
  `${column} = least(${table}.${column} + excluded.${column}, ${COUNT_MAX})`

/**
 * One process keeps reports at a time: the known state of an edge does not change until it is written, and
 * there is no deadlock.
 */
export const lockReports: Statement = {
  name: 'observatory-lock-reports',
  text: 'SELECT pg_advisory_xact_lock(2207146915520387642)',
}

/**
 * The turn of this process, behind {@link lockReports}. Without a gap to its last one, no other process had a
 * turn.
 */
export const takeTurn: Statement = {
  name: 'observatory-take-turn',
  text: `SELECT nextval('report_turn') AS turn`,
}

const COUNT_EDGES =
  'SELECT count(*) AS edges FROM (SELECT FROM edge WHERE reported_at_ms >= $1 LIMIT $2) AS counted'

/** The number of edges with a report at or after $1, counted up to $2. */
export const countEdges: Statement = { name: 'observatory-count-edges', text: COUNT_EDGES }

/** Both in one statement. */
export const takeTurnAndCount: Statement = {
  name: 'observatory-take-turn-and-count',
  text: `SELECT nextval('report_turn') AS turn, (${COUNT_EDGES}) AS edges`,
}

/**
 * The known state of edges ($1). Planned each time, as is what else reads of many edges: a plan made while
 * there were few reads the whole table, and compares each row with each name.
 */
export const selectEdgesSoFar: Statement = {
  name: 'observatory-edges-so-far',
  planEach: true,
  text: `
    SELECT e.edge, e.reported_at_ms, e.heard_at_ms, e.live_since_ms, e.partitions,
      e.signed_by, e.signed_kid
    FROM unnest($1::text[]) AS asked (edge) JOIN edge e ON e.edge = asked.edge`,
}

/** The last reports of starts: edges ($1), starts ($2). */
export const selectStartsSoFar: Statement = {
  name: 'observatory-starts-so-far',
  planEach: true,
  text: `
    SELECT s.edge, s.start, s.n FROM unnest($1::text[], $2::text[]) AS asked (edge, start)
    JOIN edge_start s ON s.edge = asked.edge AND s.start = asked.start`,
}

/**
 * Edges by their last reports: names ($1), audiences ($2), versions ($3), states ($4), times ($5), partitions
 * ($6), live since ($7), last heartbeat of the oldest view ($8), clients that signed ($9) by keys ($10), unverified
 * sources ($11).
 */
export const upsertEdges: Statement = {
  name: 'observatory-upsert-edges',
  text: `
    INSERT INTO edge (edge, audience, version, state, reported_at_ms, partitions, live_since_ms,
      heard_at_ms, signed_by, signed_kid, unverified)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::jsonb[],
      $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::jsonb[])
    ON CONFLICT (edge) DO UPDATE
      SET audience = excluded.audience, version = excluded.version, state = excluded.state,
          reported_at_ms = excluded.reported_at_ms, partitions = excluded.partitions,
          live_since_ms = excluded.live_since_ms, heard_at_ms = excluded.heard_at_ms,
          signed_by = excluded.signed_by, signed_kid = excluded.signed_kid,
          unverified = excluded.unverified`,
}

/** An unknown count stays unknown: `least` alone would ignore it. */
const addedIfKnown = (column: string): string =>
  `${column} = CASE WHEN m.${column} + excluded.${column} IS NOT NULL
    THEN least(m.${column} + excluded.${column}, ${COUNT_MAX}) END`

const COUNTED = ['allows', 'denies', 'challenges']
const DENIED = ['denied_stale', 'denied_unverified', 'denied_insufficient', 'denied_other']

/**
 * The state in minutes ($1) of edges ($2): ages ($3), decisions ($4 to $6), and denials by reason ($7 to $10).
 */
export const upsertMinutes: Statement = {
  name: 'observatory-upsert-minutes',
  text: `
    INSERT INTO edge_minute AS m (minute_ms, edge, oldest_ms, ${[...COUNTED, ...DENIED].join(', ')})
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
      $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
    ON CONFLICT (minute_ms, edge) DO UPDATE
      SET oldest_ms = greatest(m.oldest_ms, excluded.oldest_ms),
        ${[...COUNTED.map((column) => added('m', column)), ...DENIED.map(addedIfKnown)].join(', ')}`,
}

/**
 * The applies of edges ($1): partitions ($2), up to ($3), append times ($4), apply times ($5), by reports of
 * $6; the begin of the complete allows that it was compared with ($7).
 */
export const insertApplies: Statement = {
  name: 'observatory-insert-applies',
  text: `
    INSERT INTO edge_apply (edge, partition, up_to, appended_at_ms, applied_at_ms,
      reported_at_ms, allows_since_ms)
    SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[],
      $6::bigint[], $7::bigint[])
    ON CONFLICT DO NOTHING`,
}

/**
 * The worst passes of groups ($1): partitions ($2), from ($3), up to ($4), append times ($5), apply times ($6), by
 * reports of $7; since when allows are complete for all ($8).
 */
export const worsenPasses: Statement = {
  name: 'observatory-worsen-passes',
  text: `
    INSERT INTO edge_apply AS p (edge, partition, from_offset, up_to, appended_at_ms, applied_at_ms,
      reported_at_ms, allows_since_ms)
    SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[],
      $6::bigint[], $7::bigint[], $8::bigint[])
    ON CONFLICT (partition, edge, up_to) DO UPDATE
      SET from_offset = least(p.from_offset, excluded.from_offset),
          appended_at_ms = least(p.appended_at_ms, excluded.appended_at_ms),
          applied_at_ms = greatest(p.applied_at_ms, excluded.applied_at_ms),
          reported_at_ms = greatest(p.reported_at_ms, excluded.reported_at_ms),
          allows_since_ms = CASE WHEN p.allows_since_ms IS NOT NULL
            AND excluded.allows_since_ms IS NOT NULL
            THEN greatest(p.allows_since_ms, excluded.allows_since_ms) END`,
}

/** Starts ($2) of edges ($1) by their last reports: numbers ($3), times of first ($4) and last ($5), clocks ($6, $7). */
export const upsertStarts: Statement = {
  name: 'observatory-upsert-starts',
  text: `
    INSERT INTO edge_start AS s (edge, start, n, first_at_ms, last_at_ms, clock_offset_ms,
      clock_error_ms)
    SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
      $6::float8[], $7::float8[])
    ON CONFLICT (edge, start) DO UPDATE
      SET n = excluded.n, last_at_ms = greatest(s.last_at_ms, excluded.last_at_ms),
          clock_offset_ms = excluded.clock_offset_ms, clock_error_ms = excluded.clock_error_ms`,
}

const USED = ['decisions', 'required', 'needed', 'carried']
const sum = (column: string): string => `least(sum(${column}), ${COUNT_MAX})::bigint`

/** Adds uses: days ($1), audiences ($2), routes ($3), claims ($4), decisions ($5), required ($6), needed ($7), carried ($8). */
export const addUses: Statement = {
  name: 'observatory-add-uses',
  text: `
    INSERT INTO claim_use AS u (day, audience, route, claim, decisions, required, needed, carried)
    SELECT day, audience, route, claim, ${USED.map(sum).join(', ')}
    FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
      $7::bigint[], $8::bigint[])
      AS told (day, audience, route, claim, decisions, required, needed, carried)
    GROUP BY day, audience, route, claim
    ON CONFLICT (day, audience, route, claim) DO UPDATE
      SET ${USED.map((column) => added('u', column)).join(', ')}`,
}

/**
 * The stale allows of starts ($2) of edges ($1), reported at $3 with the errors $4: tenants ($5), changes
 * ($6), partitions ($7), offsets ($8), routes ($9), commit times ($10), requests ($11), first ($12), last
 * ($13). New rows are returned, with class and kind of their change.
 */
export const keepExposed: Statement = {
  name: 'observatory-keep-exposed',
  text: `
    WITH added AS (
      INSERT INTO edge_exposure (edge, start, reported_at_ms, error_ms, tenant, change, partition,
        log_offset, route, commit_at_ms, requests, first_at_ms, last_at_ms)
      SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::float8[], $5::text[], $6::text[],
        $7::int[], $8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
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

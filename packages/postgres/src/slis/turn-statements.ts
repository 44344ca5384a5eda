import type { Statement } from '../connection/query.ts'
import { LOGGED } from '../observatory/select-changes.ts'

/** One measures at a time. */
export const tryTurn: Statement = {
  name: 'sli-try-turn',
  text: `SELECT pg_try_advisory_xact_lock(7310585030482047081) AS taken`,
}

/** The progress of recording and measuring, in one snapshot. */
export const selectTurnStatus: Statement = {
  name: 'sli-standing',
  text: `
    SELECT p.partition, p.e, p.next_offset, c.e AS cursor_e, c.next_offset AS cursor_next, c.open,
      (SELECT minute_ms FROM sli_minute) AS minute_ms
    FROM progress p LEFT JOIN sli_cursor c USING (partition) ORDER BY p.partition`,
}

/** Its row. */
export interface TurnStatusRow {
  partition: number
  e: bigint
  next_offset: bigint
  cursor_e: bigint | null
  cursor_next: bigint | null
  open: readonly string[] | null
  minute_ms: bigint | null
}

/** Changes of each partition ($1) in its incarnation ($2) from an offset ($3) on and below another ($4), at most $5 of each. */
export const selectRecorded: Statement = {
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
export const selectOpen: Statement = {
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
    SELECT c.partition, c.log_offset, a.edge, a.up_to, a.appended_at_ms, a.applied_at_ms,
      a.reported_at_ms
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
export const selectEdgeMinutes: Statement = {
  name: 'sli-edge-minutes',
  text: `
    SELECT edge, minute_ms, oldest_ms, allows, denies, challenges, denied_stale, denied_unverified,
      denied_insufficient, denied_other
    FROM edge_minute
    WHERE minute_ms = $1 ORDER BY edge LIMIT $2`,
}

/** The states within minutes $1 of edges with names $2, each of which is looked up. */
export const selectMinutesOfEdges: Statement = {
  name: 'sli-minutes-of-edges',
  planEach: true,
  text: `
    SELECT edge, minute_ms, oldest_ms, allows, denies, challenges, denied_stale, denied_unverified,
      denied_insufficient, denied_other
    FROM edge_minute
    WHERE minute_ms = ANY ($1::bigint[]) AND edge = ANY ($2::text[])
    ORDER BY minute_ms, edge COLLATE "C"`,
}

/** A row of both. */
export interface EdgeMinuteRow {
  edge: string
  minute_ms: bigint
  oldest_ms: bigint
  allows: bigint
  denies: bigint
  challenges: bigint
  denied_stale: bigint | null
  denied_unverified: bigint | null
  denied_insufficient: bigint | null
  denied_other: bigint | null
}

/** Changes that are measured from now on: $1 tenants, $2 sources, $3 ids, $4 partitions, $5 origins, $6 classes, $7 appends. */
export const insertOpen: Statement = {
  name: 'sli-insert-open',
  text: `
    INSERT INTO change_sample (tenant, source, id, partition, origin, class, appended_at_ms)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[],
      $7::bigint[])
    ON CONFLICT DO NOTHING`,
}

/** Closes samples as a JSON array ($1). One that is closed stays as it is. */
export const closeSamples: Statement = {
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
export const upsertCounts: Statement = {
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
export const upsertCursors: Statement = {
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
export const upsertMinute: Statement = {
  name: 'sli-minute',
  text: `
    INSERT INTO sli_minute AS m (minute_ms) VALUES ($1)
    ON CONFLICT (only_one) DO UPDATE SET minute_ms = excluded.minute_ms
      WHERE m.minute_ms <> excluded.minute_ms`,
}

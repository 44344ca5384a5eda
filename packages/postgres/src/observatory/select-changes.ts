import { PROBE_NAME } from '@freshet/protocol/slo'
import type { Statement } from '../connection/query.ts'

/** The members of a logged change, of a row `c` of the change log. */
export const LOGGED: string = `c.tenant, c.source, c.id, c.e, c.partition, c.log_offset AS "offset", c.kind, c.op,
  c.claim, c.subject, c.class, c.outcome, c.tightened, c.tokens_marked AS "tokensMarked",
  c.occurred_at_ms::float8 AS "occurredAtMs", c.appended_at_ms::float8 AS "appendedAtMs",
  c.received_at_ms::float8 AS "receivedAtMs", c.applied_at_ms::float8 AS "appliedAtMs",
  c.published_at_ms::float8 AS "publishedAtMs", c.revocation_offset AS "revocationOffset", c.traceparent`

/** The same, with the values that it changed, and whether marking goes on. */
const columns = `${LOGGED}, c.changed,
  EXISTS (SELECT FROM token_mark m WHERE m.change = c.id AND m.tenant = c.tenant
    AND m.source = c.source AND m.partition = c.partition) AS "isMarking"`

/** Changes of probes are not shown. */
const IS_REAL = `tenant <> '${PROBE_NAME}'`

/** Changes of an id ($1), newest first, at most $2. */
export const selectChangesById: Statement = {
  name: 'observatory-changes-by-id',
  text: `SELECT ${columns} FROM change_log c WHERE c.id = $1 ORDER BY applied_at_ms DESC LIMIT $2`,
}

/** Changes of a subject ($1), newest first, at most $2. */
export const selectChangesBySubject: Statement = {
  name: 'observatory-changes-by-subject',
  text: `SELECT ${columns} FROM change_log c WHERE c.subject = $1 ORDER BY applied_at_ms DESC LIMIT $2`,
}

/**
 * The latest change of a subject ($1) with outcomes $2 for each source and claim, and for each source and operation
 * on the account, of its last $3.
 */
export const selectLatestOfSubject: Statement = {
  name: 'observatory-latest-of-subject',
  text: `
    SELECT * FROM (
      SELECT DISTINCT ON (source, claim, CASE WHEN claim IS NULL THEN op END) *
      FROM (
        SELECT ${columns} FROM change_log c WHERE c.subject = $1
        ORDER BY applied_at_ms DESC LIMIT $3) late
      WHERE outcome = ANY ($2::text[])
      ORDER BY source, claim, CASE WHEN claim IS NULL THEN op END, "appliedAtMs" DESC) latest
    ORDER BY "appliedAtMs" DESC`,
}

/** The change that was recorded last: the newest of the last 1,000 of each partition that is no probe’s. */
export const LATEST_CHANGE: string = `
  SELECT last.* FROM progress p, LATERAL (
    SELECT * FROM (
      SELECT ${columns} FROM change_log c
      WHERE c.partition = p.partition AND c.e = p.e ORDER BY c.log_offset DESC LIMIT 1000) late
    WHERE ${IS_REAL} ORDER BY "offset" DESC LIMIT 1) last
  ORDER BY "appliedAtMs" DESC LIMIT 1`

/** Changes of kinds ($2) that took something away since $1, newest first, at most $3. */
export const selectTightened: Statement = {
  name: 'observatory-tightened',
  text: `
    SELECT found.* FROM progress p, LATERAL (
      SELECT ${columns} FROM change_log c
      WHERE c.partition = p.partition AND c.e = p.e AND c.log_offset >= p.next_offset - 10000
        AND c.${IS_REAL} AND c.tightened AND c.kind = ANY ($2::text[]) AND c.applied_at_ms >= $1
      ORDER BY c.log_offset DESC LIMIT $3) found
    ORDER BY "appliedAtMs" DESC LIMIT $3`,
}

/**
 * The latest changes, newest first, at most $2: of a traceparent like $1, a tenant $3, source $4, subject with the end $5 and
 * outcome $6, recorded since $7, each where it is given.
 */
export const selectRecent: Statement = {
  name: 'observatory-recent',
  text: `
    SELECT found.* FROM progress p, LATERAL (
      SELECT ${columns} FROM change_log c
      WHERE c.partition = p.partition AND c.e = p.e AND c.log_offset >= p.next_offset - 10000
        AND (CASE WHEN $1::text IS NULL THEN c.${IS_REAL} ELSE c.traceparent LIKE $1 END)
        AND ($3::text IS NULL OR c.tenant = $3) AND ($4::text IS NULL OR c.source = $4)
        AND ($5::text IS NULL OR right(c.subject, length($5)) = $5)
        AND ($6::text IS NULL OR c.outcome = $6) AND ($7::bigint IS NULL OR c.applied_at_ms >= $7)
      ORDER BY c.log_offset DESC LIMIT $2) found
    ORDER BY "appliedAtMs" DESC LIMIT $2`,
}

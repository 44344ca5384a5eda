import type { Statement } from '../connection/query.ts'

/** States ($1), source ($2), tenant ($3), reason ($4), topic ($5), first found before ($6); null: any. */
const meant = `
  ($1::text[] IS NULL OR state = ANY ($1)) AND ($2::text IS NULL OR source = $2)
  AND ($3::text IS NULL OR tenant = $3) AND ($4::text IS NULL OR code = $4)
  AND ($5::text IS NULL OR topic = $5) AND ($6::bigint IS NULL OR at_ms < $6)`

/** At most $9 of them behind a place ($7 time, $8 id; null: from the first), oldest first. */
export const selectQuarantined: Statement = {
  name: 'quarantine-list',
  text: `
    SELECT * FROM quarantine
    WHERE ${meant} AND ($7::bigint IS NULL OR (at_ms, id) > ($7, $8))
    ORDER BY at_ms, id LIMIT $9`,
}

/** The number of records, by topic, reason and state. */
export const countQuarantined: Statement = {
  name: 'quarantine-counts',
  text: `
    SELECT topic, code, state, count(*) AS records, min(at_ms) AS oldest_at_ms
    FROM quarantine WHERE ${meant}
    GROUP BY topic, code, state ORDER BY topic, code, state`,
}

/** One record ($1). */
export const selectOneQuarantined: Statement = {
  name: 'quarantine-find',
  text: 'SELECT * FROM quarantine WHERE id = $1',
}

/** At most $2 doubts that a record ($1) raised at its first or newest place. */
export const selectDoubts: Statement = {
  name: 'quarantine-doubts',
  text: `
    SELECT DISTINCT d.subject, d.claim, d.settled, d.e, d.log_offset
    FROM quarantine q
    CROSS JOIN LATERAL (VALUES (q.e, q.log_offset), (q.last_e, q.last_offset)) AS p (e, log_offset)
    JOIN doubt d ON d.e = p.e AND d.partition = q.partition AND d.log_offset = p.log_offset
    WHERE q.id = $1 AND d.raised
    ORDER BY d.subject, d.claim, d.e, d.log_offset LIMIT $2`,
}

/** The number of doubts that are not settled, at most $1. A claim can be in doubt because of several records. */
export const countDoubts: Statement = {
  name: 'quarantine-count-doubts',
  text: `
    SELECT count(*)::int AS doubts FROM (
      SELECT DISTINCT subject, claim FROM doubt WHERE raised AND NOT settled LIMIT $1
    ) AS open`,
}

/** Tenants in which the proven source of a record ($1) is halted in the record's partition. */
export const selectHalted: Statement = {
  name: 'quarantine-halted',
  text: `
    SELECT f.tenant FROM quarantine q
    JOIN feed f ON f.partition = q.partition AND f.source = q.source
      AND (q.tenant IS NULL OR f.tenant = q.tenant)
    WHERE q.id = $1 AND q.code IN ('event.malformed', 'event.unconfirmed') AND f.halted
    ORDER BY f.tenant`,
}

/** Begins a replay of a record ($1) after $2 of them: $3 who, $4 when, $5 why. */
export const beginReplay: Statement = {
  name: 'quarantine-begin',
  text: `
    UPDATE quarantine SET state = 'replaying', replays = replays + 1, sent_e = NULL,
      sent_offset = NULL, outcome = NULL, decided_by = $3, decided_at_ms = $4, reason = $5
    WHERE id = $1 AND replays = $2 AND state IN ('open', 'replaying')
    RETURNING tenant`,
}

/** The append place of replay $2 of a record ($1): $3 e, $4 offset. */
export const noteSent: Statement = {
  name: 'quarantine-sent',
  text: `
    UPDATE quarantine SET sent_e = $3, sent_offset = $4
    WHERE id = $1 AND replays = $2 AND state = 'replaying'`,
}

/** The records at the place where the latest replay of a record ($1) was appended. */
export const selectEvidence: Statement = {
  name: 'quarantine-evidence',
  text: `
    SELECT p.e, p.next_offset, c.outcome,
      (q.last_e = q.sent_e AND q.last_offset = q.sent_offset) AS parked, q.code, q.rule
    FROM quarantine q
    JOIN progress p ON p.partition = q.partition
    LEFT JOIN change_log c ON c.partition = q.partition AND c.e = q.sent_e
      AND c.log_offset = q.sent_offset
    WHERE q.id = $1 AND q.sent_e IS NOT NULL`,
}

/** Ends a record ($1) as $3 with outcome $4 if it was replayed $2 times: $5 who, $6 when, $7 why. */
export const endReplay: Statement = {
  name: 'quarantine-end',
  text: `
    UPDATE quarantine SET state = $3, outcome = $4, decided_by = $5, decided_at_ms = $6, reason = $7
    WHERE id = $1 AND replays = $2 AND state IN ('open', 'replaying')
    RETURNING tenant`,
}

/** Drops a record ($1): $2 who, $3 when, $4 why. */
export const dropParked: Statement = {
  name: 'quarantine-drop',
  text: `
    UPDATE quarantine SET state = 'dropped', decided_by = $2, decided_at_ms = $3, reason = $4
    WHERE id = $1 AND state IN ('open', 'replaying')
    RETURNING tenant`,
}

import type { Statement } from '../../connection/query.ts'

/**
 * Rows of differences that snapshots found. The withdrawal of a value, and the deletion of a subject,
 * announce their differences themselves.
 */
export const MISSED = `
  SELECT m.tenant, m.source, m.subject, m.claim, m.change, m.statement, m.at_ms, m.gained,
    EXISTS (
      SELECT FROM jsonb_array_elements_text(m.lost) AS gone (value)
      WHERE NOT EXISTS (
        SELECT FROM withdrawn_value w
        WHERE w.tenant = m.tenant AND w.claim = m.claim AND w.value = gone.value)
    ) AS removed
  FROM missed_change m
  WHERE NOT EXISTS (
    SELECT FROM account_state a WHERE a.subject = m.subject AND a.deleted_epoch >= 0)`

/** A condition: missed changes of a feed ($1, $2) since $3, found by the snapshot $4 or, if that is null, by any. */
const ASKED = `tenant = $1 AND source = $2 AND at_ms >= $3
      AND ($4::text IS NULL OR statement = $4)`

/** The number of such rows. */
export const countMissed: Statement = {
  name: 'intake-count-missed',
  text: `
    SELECT count(*) FILTER (WHERE removed) AS removals, count(*) FILTER (WHERE gained) AS grants
    FROM (${MISSED}) AS found WHERE ${ASKED}`,
}

/** The first $5 of them. */
export const selectMissed: Statement = {
  name: 'intake-select-missed',
  text: `
    SELECT subject, claim, change, removed, gained FROM (${MISSED}) AS found
    WHERE ${ASKED} AND (removed OR gained) ORDER BY subject, claim LIMIT $5`,
}

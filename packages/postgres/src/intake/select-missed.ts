import type { Statement } from '../query.ts'

/**
 * Differences of a feed ($1, $2) that were found since $3, of the full statement $4 or, where that is
 * null, of all. What was withdrawn from everybody, or was of a subject that was deleted, was announced.
 */
const found = `
  SELECT m.subject, m.claim, m.change, m.gained,
    EXISTS (
      SELECT FROM jsonb_array_elements_text(m.lost) AS gone (value)
      WHERE NOT EXISTS (
        SELECT FROM withdrawn_value w
        WHERE w.tenant = m.tenant AND w.claim = m.claim AND w.value = gone.value)
    ) AS removed
  FROM missed_change m
  WHERE m.tenant = $1 AND m.source = $2 AND m.at_ms >= $3
    AND ($4::text IS NULL OR m.statement = $4)
    AND NOT EXISTS (
      SELECT FROM account_state a WHERE a.subject = m.subject AND a.deleted_epoch >= 0)`

/** How many. */
export const countMissed: Statement = {
  name: 'intake-count-missed',
  text: `
    SELECT count(*) FILTER (WHERE removed) AS removals, count(*) FILTER (WHERE gained) AS grants
    FROM (${found}) AS found`,
}

/** The first $5 of them. */
export const selectMissed: Statement = {
  name: 'intake-select-missed',
  text: `
    SELECT subject, claim, change, removed, gained FROM (${found}) AS found
    WHERE removed OR gained ORDER BY subject, claim LIMIT $5`,
}

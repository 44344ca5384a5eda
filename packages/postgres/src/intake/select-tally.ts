import type { Statement } from '../query.ts'

/**
 * For each partition ($3) of a feed ($1, $2) its highest number, and whether a row is not
 * acknowledged, of those up to the sequence $4 or, where that is null, of all.
 */
export const selectTally: Statement = {
  name: 'intake-select-tally',
  text: `
    SELECT p.partition,
      coalesce((
        SELECT number FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.partition = p.partition AND s.number >= 0
        ORDER BY number DESC LIMIT 1
      ), 0) AS last,
      -- In order, so that the index of those that wait serves it, which has hardly any.
      coalesce((
        SELECT true FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.partition = p.partition AND NOT s.acknowledged
          AND ($4::bigint IS NULL OR s.sequence IS NULL OR s.sequence <= $4)
        ORDER BY s.number LIMIT 1
      ), false) AS unacknowledged
    FROM unnest($3::int[]) AS p (partition)`,
}

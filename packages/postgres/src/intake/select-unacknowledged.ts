import type { Statement } from '../connection/query.ts'

/**
 * At most $4 unacknowledged records of a feed ($1, $2) in a partition ($3), by number, from the floor on: of the
 * events $5 or, where that is null, of all.
 */
export const selectUnacknowledged: Statement = {
  name: 'intake-select-unacknowledged',
  text: `
    SELECT id, number, record
    FROM waiting_record
    WHERE tenant = $1 AND source = $2 AND partition = $3
      AND number >= (
        SELECT coalesce(max(waits_from), 1) FROM stamp_free
        WHERE tenant = $1 AND source = $2 AND partition = $3)
      AND ($5::text[] IS NULL OR id = ANY($5))
    ORDER BY number, id LIMIT $4`,
}

import type { Statement } from '../query.ts'

/** At most $4 unacknowledged records of a feed ($1, $2) in a partition ($3), by number. */
export const selectUnacknowledged: Statement = {
  name: 'intake-select-unacknowledged',
  text: `
    SELECT id, number, record
    FROM waiting_record
    WHERE tenant = $1 AND source = $2 AND partition = $3
    ORDER BY number, id LIMIT $4`,
}

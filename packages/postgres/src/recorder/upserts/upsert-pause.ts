import type { Statement } from '../../connection/query.ts'

/** The pause of a partition ($1) at $2 (incarnation), $3 (offset): code $4, message $5, since $6, attempts $7. */
export const upsertPause: Statement = {
  name: 'recorder-upsert-pause',
  text: `
    INSERT INTO recording_pause (partition, e, log_offset, code, message, since_ms, attempts)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (partition) DO UPDATE SET e = excluded.e, log_offset = excluded.log_offset,
      code = excluded.code, message = excluded.message, since_ms = excluded.since_ms,
      attempts = excluded.attempts`,
}

import type { Statement } from '../../connection/query.ts'

const MINUTE_MS = 60_000

/**
 * The time at which a watermark counts as raised: the end of the minute, so it is kept no shorter. The time
 * is indexed, and a watermark that is raised again within the minute leaves every index as it is.
 */
export function raisedAtMs(appliedAtMs: number): number {
  return Math.ceil(appliedAtMs / MINUTE_MS) * MINUTE_MS
}

const rises = '(w.e, w.position) < (excluded.e, excluded.position)'
const isLater = `(w.time_ms < excluded.time_ms
        OR (w.time_ms = excluded.time_ms AND ${rises}))`

/** The cause of the time, if the position has another cause: see `0022_foreign_tokens.sql`. */
function timed(time: string, position: string): string {
  return `${time} = CASE
        WHEN ${rises} AND ${isLater} THEN excluded.${time}
        WHEN ${rises} THEN coalesce(w.${time}, w.${position})
        WHEN ${isLater} THEN coalesce(excluded.${time}, excluded.${position})
        ELSE w.${time} END`
}

/**
 * Watermarks of a partition ($1) raised at $2, merged by max (rule 9): scope keys ($3), tenants
 * ($4), incarnations ($5), positions ($6), sources ($7), changes ($8), times ($9), records ($10), and
 * where another change raised the time, its source ($11), id ($12) and record ($13). Position and time
 * rise apart from each other. A replay writes nothing.
 */
export const upsertWatermarks: Statement = {
  name: 'recorder-upsert-watermarks',
  text: `
    INSERT INTO watermark AS w (scope_key, tenant, partition, e, position, source, change, time_ms,
      raised_at_ms, record, time_source, time_change, time_record)
    SELECT scope_key, tenant, $1, e, position, source, change, time_ms, $2, record, time_source,
      time_change, time_record
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
      $9::bigint[], $10::bytea[], $11::text[], $12::text[], $13::bytea[])
      AS row (scope_key, tenant, e, position, source, change, time_ms, record, time_source,
        time_change, time_record)
    ON CONFLICT (scope_key) DO UPDATE SET
      source = CASE WHEN ${rises} THEN excluded.source ELSE w.source END,
      change = CASE WHEN ${rises} THEN excluded.change ELSE w.change END,
      record = CASE WHEN ${rises} THEN excluded.record ELSE w.record END,
      e = greatest(w.e, excluded.e),
      position = CASE WHEN ${rises} THEN excluded.position ELSE w.position END,
      ${timed('time_source', 'source')},
      ${timed('time_change', 'change')},
      ${timed('time_record', 'record')},
      time_ms = greatest(w.time_ms, excluded.time_ms),
      raised_at_ms = greatest(w.raised_at_ms, excluded.raised_at_ms)
    WHERE ${rises} OR w.time_ms < excluded.time_ms`,
}

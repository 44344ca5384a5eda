import type { Statement } from '../query.ts'

const MINUTE_MS = 60_000

/**
 * When a watermark counts as raised: at the end of the minute, so it is kept no shorter. The time is
 * indexed, and what is raised again within the minute leaves every index as it is.
 */
export function raisedAtMs(appliedAtMs: number): number {
  return Math.ceil(appliedAtMs / MINUTE_MS) * MINUTE_MS
}

/**
 * Watermarks of a partition ($1) raised at $2, merged by max (rule 9): scope keys ($3), tenants
 * ($4), incarnations ($5), positions ($6), sources ($7), changes ($8), times ($9), records ($10).
 * Position and time rise apart from each other. A replay writes nothing.
 */
export const upsertWatermarks: Statement = {
  name: 'recorder-upsert-watermarks',
  text: `
    INSERT INTO watermark AS w (scope_key, tenant, partition, e, position, source, change, time_ms,
      raised_at_ms, record)
    SELECT scope_key, tenant, $1, e, position, source, change, time_ms, $2, record
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
      $9::bigint[], $10::bytea[])
      AS row (scope_key, tenant, e, position, source, change, time_ms, record)
    ON CONFLICT (scope_key) DO UPDATE SET
      source = CASE WHEN (w.e, w.position) < (excluded.e, excluded.position)
        THEN excluded.source ELSE w.source END,
      change = CASE WHEN (w.e, w.position) < (excluded.e, excluded.position)
        THEN excluded.change ELSE w.change END,
      record = CASE WHEN (w.e, w.position) < (excluded.e, excluded.position)
        THEN excluded.record ELSE w.record END,
      e = greatest(w.e, excluded.e),
      position = CASE WHEN (w.e, w.position) < (excluded.e, excluded.position)
        THEN excluded.position ELSE w.position END,
      time_ms = greatest(w.time_ms, excluded.time_ms),
      raised_at_ms = greatest(w.raised_at_ms, excluded.raised_at_ms)
    WHERE (w.e, w.position) < (excluded.e, excluded.position) OR w.time_ms < excluded.time_ms`,
}

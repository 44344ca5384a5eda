import type { Statement } from '../../connection/query.ts'

/** Selects the newest event, the first free sequence and the number of waiting rows of a feed ($1, $2). */
export const selectFeedStatus: Statement = {
  name: 'intake-select-feed-status',
  text: `
    WITH first AS (
      SELECT coalesce(
        (SELECT next_sequence FROM stamp_feed WHERE tenant = $1 AND source = $2), 1) AS sequence
    ), newest AS (
      SELECT id, created_at FROM stamp WHERE tenant = $1 AND source = $2 AND created_at > '-infinity'
      ORDER BY created_at DESC LIMIT 1
    )
    SELECT newest.id, newest.created_at,
      CASE WHEN NOT EXISTS (
        SELECT FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.sequence = first.sequence
      ) THEN first.sequence
      ELSE (
        SELECT s.sequence + 1 FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.sequence >= first.sequence
          AND NOT EXISTS (
            SELECT FROM stamp n
            WHERE n.tenant = $1 AND n.source = $2 AND n.sequence = s.sequence + 1)
        ORDER BY s.sequence LIMIT 1
      ) END AS next,
      greatest(first.sequence, (
        SELECT max(s.sequence) + 1 FROM stamp s WHERE s.tenant = $1 AND s.source = $2)) AS above,
      (SELECT coalesce(sum(waiting.records), 0)::bigint
        FROM stamp_free f CROSS JOIN LATERAL (
          SELECT count(*) AS records FROM waiting_record w
          WHERE w.tenant = $1 AND w.source = $2 AND w.partition = f.partition
            AND w.number >= f.waits_from) AS waiting
        WHERE f.tenant = $1 AND f.source = $2) AS unacknowledged
    FROM first LEFT JOIN newest ON true`,
}

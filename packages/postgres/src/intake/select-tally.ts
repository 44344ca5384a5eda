import type { Statement } from '../connection/query.ts'

/**
 * For each partition ($3) of a feed ($1, $2) its highest number, and whether a row is not acknowledged, of
 * those up to the sequence $4 or, where that is null, of all. It runs under the lock of the feed.
 */
export const selectTally: Statement = {
  name: 'intake-select-tally',
  text: `
    -- Materialized: a comparison with what coalesce gives is asked of no index in work for one tenant.
    WITH asked AS MATERIALIZED (
      SELECT p.partition, coalesce(f.waits_from, 1) AS waits_from
      FROM unnest($3::int[]) AS p (partition)
      LEFT JOIN stamp_free f
        ON f.tenant = $1 AND f.source = $2 AND f.partition = p.partition
    )
    SELECT p.partition,
      coalesce((
        SELECT number FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.partition = p.partition AND s.number >= 0
        ORDER BY number DESC LIMIT 1
      ), 0) AS last,
      EXISTS (
        SELECT FROM waiting_record w
        WHERE w.tenant = $1 AND w.source = $2 AND w.partition = p.partition
          AND w.number >= p.waits_from
          AND ($4::bigint IS NULL OR w.sequence IS NULL OR w.sequence <= $4)
      ) AS unacknowledged
    FROM asked p`,
}

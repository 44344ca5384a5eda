import type { Statement } from '../../connection/query.ts'

/**
 * The times from commit at the source to append at the broker, of the latest $3 events of a feed ($1, $2).
 * They are found by their stamps: the change log has no order by feed, and needs none for anything else. An
 * unreadable record has no time of its own.
 */
export const selectLatencies: Statement = {
  name: 'intake-select-latencies',
  text: `
    SELECT c.appended_at_ms - c.occurred_at_ms AS ms
    FROM (
      SELECT id, partition, created_at FROM stamp
      WHERE tenant = $1 AND source = $2 AND created_at > '-infinity'
      ORDER BY created_at DESC LIMIT $3
    ) AS s
    JOIN change_log c ON c.id = s.id AND c.tenant = $1 AND c.source = $2 AND c.partition + 0 = s.partition
    WHERE c.kind <> 'unreadable'
    ORDER BY c.appended_at_ms DESC`,
}

import type { Statement } from '../connection/query.ts'

/**
 * At most $2 rows of the change log that were applied before $1, looked for among the first of each
 * of the partitions $3: offsets ascend with time, so no index over the time is needed. After a new
 * incarnation they begin anew, and what is older waits behind them for one more retention.
 */
export const pruneChanges: Statement = {
  name: 'prune-changes',
  text: `
    WITH old AS (
      SELECT c.id, c.tenant, c.source, c.partition
      FROM unnest($3::int[]) AS p (partition) CROSS JOIN LATERAL (
        SELECT id, tenant, source, partition, applied_at_ms FROM change_log l
        WHERE l.partition = p.partition
        ORDER BY log_offset
        LIMIT ($2::bigint + cardinality($3::int[]) - 1) / cardinality($3::int[])) AS c
      WHERE c.applied_at_ms < $1
      ORDER BY c.applied_at_ms LIMIT $2::bigint)
    DELETE FROM change_log c USING old
    WHERE c.id = old.id AND c.tenant = old.tenant AND c.source = old.source
      AND c.partition = old.partition AND c.applied_at_ms < $1`,
}

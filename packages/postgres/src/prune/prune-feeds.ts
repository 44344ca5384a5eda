import { OWN_SOURCE } from '@freshet/protocol'
import type { InForce } from '@freshet/reconciler'
import type { Statement } from '../connection/query.ts'

/**
 * At most $2 feeds whose `through` is before $1 and whose tenant is none of $3 or whose source is none of $4.
 * One that is halted, or has an open statement or a walk, stays.
 */
export const pruneFeeds: Statement = {
  name: 'prune-feeds',
  text: `
    WITH old AS (
      SELECT tenant, source, partition FROM feed
      WHERE through_ms < $1 AND NOT halted AND snapshot_epoch IS NULL AND ending IS NULL
        AND NOT (tenant = ANY($3::text[]) AND source = ANY($4::text[]))
      ORDER BY through_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
    DELETE FROM feed f USING old
    WHERE f.tenant = old.tenant AND f.source = old.source AND f.partition = old.partition`,
}

/** Values of {@link pruneFeeds}. */
export function feedValues(
  { tenants, sources }: InForce,
  beforeMs: number,
  limit: number,
): readonly unknown[] {
  return [beforeMs, limit, tenants, [...sources, OWN_SOURCE]]
}

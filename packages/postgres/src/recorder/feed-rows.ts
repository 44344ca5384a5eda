import { NO_VERSION, type HeldFeed, type SourceVersion } from '@freshet/domain'
import type { Statement } from '../query.ts'

/** Feeds of a partition ($1) by tenant ($2) and source ($3). */
export const selectFeeds: Statement = {
  name: 'recorder-select-feeds',
  text: `
    SELECT f.tenant, f.source, f.complete, f.beyond, f.through_ms, f.halted, f.snapshot_epoch,
      f.snapshot_n, f.border_epoch, f.border_n
    FROM unnest($2::text[], $3::text[]) AS asked (tenant, source)
    JOIN feed f ON f.tenant = asked.tenant AND f.source = asked.source AND f.partition = $1`,
}

/**
 * Replaces feeds of a partition ($1): tenants ($2), sources ($3), complete ($4), beyond ($5, each
 * an array as text, because arrays of unequal arrays do not exist), through ($6), halted ($7),
 * the statement that is open ($8, $9), the newest border ($10, $11).
 */
export const upsertFeeds: Statement = {
  name: 'recorder-upsert-feeds',
  text: `
    INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted,
      snapshot_epoch, snapshot_n, border_epoch, border_n)
    SELECT tenant, source, $1, complete, beyond::bigint[], through_ms, halted, snapshot_epoch,
      snapshot_n, border_epoch, border_n
    FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::boolean[],
      $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[]) AS row (tenant, source, complete, beyond, through_ms, halted,
      snapshot_epoch, snapshot_n, border_epoch, border_n)
    ON CONFLICT (tenant, source, partition) DO UPDATE SET complete = excluded.complete,
      beyond = excluded.beyond, through_ms = excluded.through_ms, halted = excluded.halted,
      snapshot_epoch = excluded.snapshot_epoch, snapshot_n = excluded.snapshot_n,
      border_epoch = excluded.border_epoch, border_n = excluded.border_n`,
}

/** A stored feed. */
export interface FeedRow {
  tenant: string
  source: string
  complete: bigint
  beyond: bigint[]
  through_ms: bigint | null
  halted: boolean
  snapshot_epoch: bigint | null
  snapshot_n: bigint | null
  border_epoch: bigint | null
  border_n: bigint | null
}

/** The row in the words of the domain. */
export function toHeldFeed(row: FeedRow): HeldFeed {
  const { tenant, source, complete, beyond, halted } = row
  const throughMs = row.through_ms === null ? null : Number(row.through_ms)
  const statements = {
    open: versionOf(row.snapshot_epoch, row.snapshot_n),
    newest: versionOf(row.border_epoch, row.border_n) ?? NO_VERSION,
  }
  return { tenant, source, feed: { complete, beyond, throughMs, halted }, statements }
}

function versionOf(epoch: bigint | null, n: bigint | null): SourceVersion | null {
  return epoch === null || n === null ? null : { epoch, n }
}

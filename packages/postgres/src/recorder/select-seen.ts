import type { Statement } from '../connection/query.ts'

/**
 * The changes that a partition ($1) has seen, by tenant ($2), source ($3) and id ($4). `+ 0` leaves the
 * primary key as the only index: planned while the log is empty, the one by partition looks as good, and
 * reads all of the partition for each change.
 */
export const selectSeen: Statement = {
  name: 'recorder-select-seen',
  text: `
    SELECT c.tenant, c.source, c.id, c.content_hash, c.outcome, c.e, c.log_offset
    FROM unnest($2::text[], $3::text[], $4::text[]) AS asked (tenant, source, id)
    JOIN change_log c ON c.tenant = asked.tenant AND c.source = asked.source
      AND c.id = asked.id AND c.partition + 0 = $1`,
}

/** A row of {@link selectSeen}. */
export interface SeenRow {
  tenant: string
  source: string
  id: string
  content_hash: string
  outcome: string
  e: bigint
  log_offset: bigint
}

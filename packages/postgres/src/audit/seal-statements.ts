import type { Statement } from '../connection/query.ts'

/** Chain $1, under its lock; no row while another process has it. */
export const lockStream: Statement = {
  name: 'audit-lock-stream',
  text: `
    SELECT n, hash, head_n, head_at_ms, kept_head_at_ms, pruned_n FROM audit_stream
    WHERE stream = $1 FOR UPDATE SKIP LOCKED`,
}

/** A row of {@link lockStream}. */
export interface StreamRow {
  n: bigint
  hash: string
  head_n: bigint | null
  head_at_ms: bigint | null
  kept_head_at_ms: bigint | null
  pruned_n: bigint | null
}

/** For each chain of $1: true if entries wait behind its id of $2, or stand behind its last head. */
export const selectWaits: Statement = {
  name: 'audit-waits',
  text: `
    SELECT EXISTS (SELECT FROM audit_pending p WHERE p.stream = asked.stream AND p.id > asked.after)
      OR EXISTS (
        SELECT FROM audit_stream s
        WHERE s.stream = asked.stream AND s.n > coalesce(s.head_n, 0)) AS waits
    FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS asked (stream, after, place)
    ORDER BY place`,
}

/** The oldest $2 that wait in chain $1 behind $3. A later commit is chained later, whatever its number. */
export const selectPending: Statement = {
  name: 'audit-select-pending',
  text: `SELECT id, entry FROM audit_pending WHERE stream = $1 AND id > $3 ORDER BY id LIMIT $2`,
}

/** Takes entries $2 from what waits in chain $1. */
export const deletePending: Statement = {
  name: 'audit-delete-pending',
  text: `DELETE FROM audit_pending WHERE stream = $1 AND id = ANY($2::bigint[])`,
}

/** Entries of chain $1: places, hashes, kinds, tenants, refs, times, texts. */
export const insertEntries: Statement = {
  name: 'audit-insert-entries',
  text: `
    INSERT INTO audit_entry (stream, n, hash, kind, tenant, ref, at_ms, entry)
    SELECT $1, n, hash, kind, tenant, ref, at_ms, entry
    FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[])
      AS row (n, hash, kind, tenant, ref, at_ms, entry)`,
}

/** Chain $1 stands at $2 with hash $3; its last head was signed at $4, a kept one at $5, if any was. */
export const updateStream: Statement = {
  name: 'audit-update-stream',
  text: `
    UPDATE audit_stream SET n = $2, hash = $3,
      head_n = CASE WHEN $4::bigint IS NULL THEN head_n ELSE $2 END,
      head_at_ms = coalesce($4, head_at_ms), kept_head_at_ms = coalesce($5, kept_head_at_ms)
    WHERE stream = $1`,
}

/** A signed head: chain $1 at $2 had hash $3 at $4; packed record $5. */
export const insertHead: Statement = {
  name: 'audit-insert-head',
  text: `INSERT INTO audit_head (stream, n, hash, at_ms, record) VALUES ($1, $2, $3, $4, $5)`,
}

/** The packed record $2 for topic $1, which has one partition. */
export const insertHeadOutbox: Statement = {
  name: 'audit-insert-head-outbox',
  text: `INSERT INTO outbox (topic, partition, record) VALUES ($1, 0, $2)`,
}

/** Lets chain $1 begin at the last kept head that was signed before $2, if that is further on. */
export const cutStream: Statement = {
  name: 'audit-cut-stream',
  text: `
    UPDATE audit_stream s SET pruned_n = h.n, pruned_hash = h.hash, pruned_head = h.record
    FROM (
      SELECT n, hash, record FROM audit_head
      WHERE stream = $1 AND at_ms < $2 ORDER BY n DESC LIMIT 1) AS h
    WHERE s.stream = $1 AND h.n > coalesce(s.pruned_n, 0)`,
}

/** At most $2 of the oldest entries before where chain $1 begins. */
export const deletePruned: Statement = {
  name: 'audit-delete-pruned',
  text: `
    DELETE FROM audit_entry WHERE stream = $1 AND n IN (
      SELECT e.n FROM audit_entry e
      WHERE e.stream = $1 AND e.n <= (SELECT pruned_n FROM audit_stream WHERE stream = $1)
      ORDER BY e.n LIMIT $2)`,
}

/** Heads of chain $1 that are before where it begins. */
export const deletePrunedHeads: Statement = {
  name: 'audit-delete-pruned-heads',
  text: `
    DELETE FROM audit_head
    WHERE stream = $1 AND n < (SELECT pruned_n FROM audit_stream WHERE stream = $1)`,
}

import type { Statement } from '../../connection/query.ts'

/**
 * Rows of the change log of a partition ($1) in incarnation $2, received at $3 and applied at $4.
 * A row that had an effect is never replaced; one that was refused, held or in doubt is, when its change
 * comes again and is accepted. The end of a full statement is logged again when its walk is over.
 */
export const upsertChanges: Statement = {
  name: 'recorder-upsert-changes',
  text: `
    INSERT INTO change_log AS c (partition, e, received_at_ms, applied_at_ms, tenant, source, id,
      content_hash, log_offset, kind, op, claim, subject, class, outcome, tightened, occurred_at_ms, appended_at_ms, traceparent, changed)
    SELECT $1, $2, $3, $4, tenant, source, id, content_hash, log_offset, kind, op, claim, subject,
      class, outcome, tightened, occurred_at_ms, appended_at_ms, traceparent, changed
    FROM unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[],
      $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::boolean[], $17::bigint[],
      $18::bigint[], $19::text[], $20::jsonb[])
      AS row (tenant, source, id, content_hash, log_offset, kind, op, claim, subject, class,
        outcome, tightened, occurred_at_ms, appended_at_ms, traceparent, changed)
    ON CONFLICT (tenant, source, id, partition) DO UPDATE SET e = excluded.e,
      received_at_ms = excluded.received_at_ms, applied_at_ms = excluded.applied_at_ms,
      content_hash = excluded.content_hash, log_offset = excluded.log_offset,
      kind = excluded.kind, op = excluded.op, claim = excluded.claim, subject = excluded.subject,
      class = excluded.class, outcome = excluded.outcome, tightened = excluded.tightened,
      occurred_at_ms = excluded.occurred_at_ms,
      appended_at_ms = excluded.appended_at_ms, traceparent = excluded.traceparent,
      changed = excluded.changed
    WHERE c.outcome = 'quarantined'
      OR (c.outcome IN ('doubtful', 'held') AND excluded.outcome <> 'quarantined')
      OR (c.kind = 'snapshot-end' AND c.e = excluded.e AND c.log_offset = excluded.log_offset)`,
}

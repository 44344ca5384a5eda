import type { LoggedChange } from '@freshet/insight'
import type { Queryable } from '@freshet/postgres'

const seed = {
  name: 'test-seed-change',
  text: `
    INSERT INTO change_log (tenant, source, id, content_hash, e, partition, log_offset, kind, op,
      claim, subject, class, outcome, tightened, tokens_marked, occurred_at_ms, appended_at_ms,
      received_at_ms, applied_at_ms, published_at_ms, revocation_offset, traceparent, changed)
    VALUES ($1, $2, $3, 'h', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
      $19, $20, $21, $22)`,
}

/** Inserts a row into the change log, as if it had been recorded. */
export async function seedChange(db: Queryable, change: LoggedChange): Promise<void> {
  const { tenant, source, id, e, partition, offset, kind, op, claim, subject } = change
  await db.query(seed, [
    tenant,
    source,
    id,
    e,
    partition,
    offset,
    kind,
    op,
    claim,
    subject,
    change.class,
    change.outcome,
    change.tightened,
    change.tokensMarked,
    change.occurredAtMs,
    change.appendedAtMs,
    change.receivedAtMs,
    change.appliedAtMs,
    change.publishedAtMs,
    change.revocationOffset,
    change.traceparent,
    change.changed === undefined ? null : JSON.stringify(change.changed),
  ])
}

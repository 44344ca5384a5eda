import { feedRefusals, REFUSED_KEPT_MAX, type FeedRefusals, subjectKey } from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import { bools, byteas, int4s, int8s, jsonbs, texts } from '../rows/columns.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { insertOutbox, overRows, type SaveContext, saveMissed, upsertStamps } from './save-rows.ts'
import type { Statement } from '../connection/query.ts'

/**
 * Counts what was refused in a partition ($1) and keeps the latest $2 of each feed: tenants ($3),
 * sources ($4), counts ($5), lists with the newest first ($6).
 */
const upsertRefusals: Statement = {
  name: 'recorder-upsert-refusals',
  text: `
    INSERT INTO feed_refusal AS f (tenant, source, partition, count, latest)
    SELECT tenant, source, $1, count, latest
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::jsonb[])
      AS row (tenant, source, count, latest)
    ON CONFLICT (tenant, source, partition) DO UPDATE SET count = f.count + excluded.count,
      latest = (
        SELECT jsonb_agg(one ORDER BY n)
        FROM jsonb_array_elements(excluded.latest || f.latest) WITH ORDINALITY AS x (one, n)
        WHERE n <= $2)`,
}

/**
 * Records that a partition ($1) quarantined in an incarnation ($2): names ($3), topics ($4), first offsets
 * ($5) and times ($6), newest offsets ($7) and times ($8), arrivals ($9), codes ($10), rules ($11), tenants
 * ($12), sources ($13), changes ($14), sizes ($15). A record that is read again counts once.
 */
const upsertQuarantined: Statement = {
  name: 'recorder-upsert-parked',
  text: `
    INSERT INTO quarantine AS q (id, topic, partition, e, log_offset, at_ms, last_e, last_offset,
      last_at_ms, arrivals, code, rule, tenant, source, change, bytes)
    SELECT id, topic, $1, $2, log_offset, at_ms, $2, last_offset, last_at_ms, arrivals, code, rule,
      tenant, source, change, bytes
    FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
      $9::int[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::int[])
      AS row (id, topic, log_offset, at_ms, last_offset, last_at_ms, arrivals, code, rule, tenant,
        source, change, bytes)
    ON CONFLICT (id) DO UPDATE SET last_e = excluded.last_e, last_offset = excluded.last_offset,
      last_at_ms = excluded.last_at_ms, arrivals = q.arrivals + excluded.arrivals,
      code = excluded.code, rule = excluded.rule, tenant = excluded.tenant,
      source = excluded.source, change = excluded.change
    WHERE (q.last_e, q.last_offset) < (excluded.last_e, excluded.last_offset)`,
}

/**
 * Rows of the change log of a partition ($1) in incarnation $2, received at $3 and applied at $4.
 * A row that had an effect is never replaced; one that was refused, held or in doubt is, when its change
 * comes again and is accepted. The end of a full statement is logged again when its walk is over.
 */
const upsertChanges: Statement = {
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

/**
 * Contradictions in a partition ($1) at $2: subject keys ($3), claims ($4), tenants ($5), sources ($6)
 * with versions ($7, $8), corroborating sources ($9) with theirs ($10, $11), changes ($12). One that
 * stands already keeps its beginning, where it is between the same two.
 */
const upsertContradictions: Statement = {
  name: 'recorder-upsert-contradictions',
  text: `
    INSERT INTO contradiction AS c (partition, since_ms, subject, claim, tenant, source, source_epoch,
      source_n, corroborates, witness_epoch, witness_n, change)
    SELECT $1, $2, subject, claim, tenant, source, source_epoch, source_n, corroborates,
      witness_epoch, witness_n, change
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
      $9::text[], $10::bigint[], $11::bigint[], $12::text[])
      AS row (subject, claim, tenant, source, source_epoch, source_n, corroborates, witness_epoch,
        witness_n, change)
    ON CONFLICT (subject, claim) DO UPDATE SET source = excluded.source,
      source_epoch = excluded.source_epoch, source_n = excluded.source_n,
      corroborates = excluded.corroborates, witness_epoch = excluded.witness_epoch,
      witness_n = excluded.witness_n, change = excluded.change,
      since_ms = CASE WHEN c.source = excluded.source AND c.corroborates = excluded.corroborates
        THEN c.since_ms ELSE excluded.since_ms END`,
}

/** Those that are over: subject keys ($1) and claims ($2). */
const deleteContradictions: Statement = {
  name: 'recorder-delete-contradictions',
  text: `
    DELETE FROM contradiction c USING unnest($1::text[], $2::text[]) AS over (subject, claim)
    WHERE c.subject = over.subject AND c.claim = over.claim`,
}

/** Writes which corroborated claims are contradicted, and forgets those that are no more. */
async function saveContradictions(
  { tx, progress }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const { contradictions } = decision
  const current = contradictions.filter(({ stands }) => stands)
  const over = contradictions.filter(({ stands }) => !stands)
  await Promise.all([
    overRows(tx, upsertContradictions, current, {
      before: [progress.partition, appliedAtMs],
      of: [
        texts(({ subject }) => subjectKey(subject)),
        texts(({ claim }) => claim),
        texts(({ subject }) => subject.tenant),
        texts(({ owner }) => owner.source),
        int8s(({ owner }) => owner.version.epoch),
        int8s(({ owner }) => owner.version.n),
        texts(({ witness }) => witness.source),
        int8s(({ witness }) => witness.version.epoch),
        int8s(({ witness }) => witness.version.n),
        texts(({ change }) => change),
      ],
    }),
    overRows(tx, deleteContradictions, over, {
      before: [],
      of: [texts(({ subject }) => subjectKey(subject)), texts(({ claim }) => claim)],
    }),
  ])
}

/**
 * Marks to make after the commit, of a partition ($1), by changes that were applied at $2: kinds, tenants,
 * targets, claims, e, positions, reasons, sources and changes ($3 to $11), in the order of the changes.
 */
const insertMarks: Statement = {
  name: 'recorder-insert-marks',
  text: `
    INSERT INTO token_mark (partition, at_ms, kind, tenant, target, claim, e, position, reason,
      source, change, wide)
    SELECT $1, $2, kind, tenant, target, claim, e, position, reason, source, change,
      kind IN ('tenant', 'client', 'key', 'issuer')
    FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
      $9::text[], $10::text[], $11::text[]) WITH ORDINALITY
      AS row (kind, tenant, target, claim, e, position, reason, source, change, n)
    ORDER BY n`,
}

/**
 * Sends the evidence of a batch: the change log, the outbox, stamps, marks to make, refusals, quarantined
 * records, the audit.
 */
export async function saveEvidence(context: SaveContext, batch: RecordedBatch): Promise<void> {
  await Promise.all([
    saveChanges(context, batch),
    saveOutbox(context, batch),
    saveStamps(context, batch),
    saveMarks(context, batch),
    saveRefusals(context, batch),
    saveQuarantined(context, batch),
    saveMissed(context, batch),
    saveContradictions(context, batch),
    appendAudit(context.tx, batch.audit),
  ])
}

function saveChanges(
  { tx, progress }: SaveContext,
  { decision, receivedAtMs, appliedAtMs }: RecordedBatch,
): Promise<void> {
  return overRows(tx, upsertChanges, decision.log, {
    before: [progress.partition, progress.e, receivedAtMs, appliedAtMs],
    of: [
      texts(({ tenant }) => tenant),
      texts(({ source }) => source),
      texts(({ id }) => id),
      texts(({ contentHash }) => contentHash),
      int8s(({ offset }) => offset),
      texts(({ kind }) => kind),
      texts(({ op }) => op),
      texts(({ claim }) => claim),
      texts(({ subject }) => subject),
      texts((row) => row.class),
      texts(({ outcome }) => outcome),
      bools(({ tightened }) => tightened),
      int8s(({ occurredAtMs }) => occurredAtMs),
      int8s(({ appendedAtMs }) => appendedAtMs),
      texts(({ traceparent }) => traceparent),
      jsonbs(({ changed }) => (changed === undefined ? null : JSON.stringify(changed))),
    ],
  })
}

function saveOutbox({ tx, pack }: SaveContext, { outbox }: RecordedBatch): Promise<void> {
  return overRows(tx, insertOutbox, outbox, {
    before: [],
    of: [
      texts(({ topic }) => topic),
      int4s(({ partition }) => partition),
      byteas(({ record }) => pack(record)),
      texts(({ cause }) => cause?.tenant ?? null),
      texts(({ cause }) => cause?.source ?? null),
      texts(({ cause }) => cause?.change ?? null),
    ],
  })
}

function saveStamps({ tx, progress }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertStamps, decision.stamps, {
    before: [progress.partition],
    of: [
      texts(({ tenant }) => tenant),
      texts(({ source }) => source),
      texts(({ id }) => id),
      int8s(({ number }) => number),
      int8s(({ sequence }) => sequence),
      texts(({ contentHash }) => contentHash),
      int8s(({ offset }) => offset),
    ],
  })
}

function saveMarks(
  { tx, progress }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): Promise<void> {
  return overRows(tx, insertMarks, decision.marks, {
    before: [progress.partition, appliedAtMs],
    of: [
      texts(({ kind }) => kind),
      texts(({ tenant }) => tenant),
      texts(({ target }) => target),
      texts(({ claim }) => claim),
      int8s(({ e }) => e),
      int8s(({ position }) => position),
      texts(({ reason }) => reason),
      texts(({ source }) => source),
      texts(({ change }) => change),
    ],
  })
}

function saveRefusals(
  { tx, progress }: SaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const latestJson = ({ latest }: FeedRefusals): string =>
    JSON.stringify(
      latest.map(({ offset, ...one }) => ({
        ...one,
        offset: offset.toString(),
        atMs: appliedAtMs,
      })),
    )
  return overRows(tx, upsertRefusals, feedRefusals(decision.quarantine), {
    before: [progress.partition, REFUSED_KEPT_MAX],
    of: [
      texts(({ tenant }) => tenant),
      texts(({ source }) => source),
      int8s(({ count }) => count),
      jsonbs(latestJson),
    ],
  })
}

function saveQuarantined(
  { tx, progress }: SaveContext,
  { quarantined }: RecordedBatch,
): Promise<void> {
  return overRows(tx, upsertQuarantined, quarantined, {
    before: [progress.partition, progress.e],
    of: [
      texts(({ id }) => id),
      texts(({ topic }) => topic),
      int8s(({ firstOffset }) => firstOffset),
      int8s(({ firstAtMs }) => firstAtMs),
      int8s(({ lastOffset }) => lastOffset),
      int8s(({ lastAtMs }) => lastAtMs),
      int4s(({ arrivals }) => arrivals),
      texts(({ code }) => code),
      texts(({ rule }) => rule),
      texts(({ cause }) => cause?.tenant ?? null),
      texts(({ cause, claimedSource }) => cause?.source ?? claimedSource),
      texts(({ cause }) => cause?.change ?? null),
      int4s(({ bytes }) => bytes),
    ],
  })
}

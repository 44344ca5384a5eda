import { feedRefusals, REFUSED_KEPT_MAX, type FeedRefusals } from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import { bools, byteas, int4s, int8s, jsonbs, texts } from '../rows/columns.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { insertOutbox } from './upserts/insert-outbox.ts'
import { insertMarks } from './marks/insert-marks.ts'
import { overRows, type SaveContext } from './save-rows.ts'
import { saveContradictions } from './save-contradictions.ts'
import { saveMissed } from './save-missed.ts'
import { upsertChanges } from './upserts/upsert-changes.ts'
import { upsertParked } from './upserts/upsert-parked.ts'
import { upsertRefusals } from './upserts/upsert-refusals.ts'
import { upsertStamps } from './upserts/upsert-stamps.ts'

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
    saveParked(context, batch),
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
  const told = ({ latest }: FeedRefusals): string =>
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
      jsonbs(told),
    ],
  })
}

function saveParked({ tx, progress }: SaveContext, { parked }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertParked, parked, {
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

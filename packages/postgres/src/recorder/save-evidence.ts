import { changeKey, feedRefusals, REFUSED_KEPT_MAX, type FeedRefusals } from '@freshet/domain'
import type { RecordedBatch } from '@freshet/reconciler'
import { packHeaders } from '../stored-record.ts'
import { insertOutbox } from './insert-outbox.ts'
import { insertWideMarks } from './insert-wide-marks.ts'
import { overRows, type SaveContext } from './save-rows.ts'
import { upsertChanges } from './upsert-changes.ts'
import { upsertRefusals } from './upsert-refusals.ts'
import { upsertStamps } from './upsert-stamps.ts'

/** Writes what is told and remembered: the change log, the outbox, stamps, marks to make, refusals. */
export async function saveEvidence(
  context: SaveContext,
  batch: RecordedBatch,
  marked: ReadonlyMap<string, number>,
): Promise<void> {
  await saveChanges(context, batch, marked)
  await saveOutbox(context, batch)
  await saveStamps(context, batch)
  await saveWideMarks(context, batch)
  await saveRefusals(context, batch)
}

function saveChanges(
  { tx, progress }: SaveContext,
  { decision, receivedAtMs, appliedAtMs }: RecordedBatch,
  marked: ReadonlyMap<string, number>,
): Promise<void> {
  return overRows(tx, upsertChanges, decision.log, {
    before: [progress.partition, progress.e, receivedAtMs, appliedAtMs],
    of: [
      ({ tenant }) => tenant,
      ({ source }) => source,
      ({ id }) => id,
      ({ contentHash }) => contentHash,
      ({ offset }) => offset,
      ({ kind }) => kind,
      ({ op }) => op,
      ({ claim }) => claim,
      ({ subject }) => subject,
      (row) => row.class,
      ({ outcome }) => outcome,
      ({ tightened }) => tightened,
      (row) => marked.get(changeKey(row)) ?? 0,
      ({ occurredAtMs }) => occurredAtMs,
      ({ appendedAtMs }) => appendedAtMs,
      ({ traceparent }) => traceparent,
    ],
  })
}

function saveOutbox({ tx }: SaveContext, { outbox }: RecordedBatch): Promise<void> {
  return overRows(tx, insertOutbox, outbox, {
    before: [],
    of: [
      ({ topic }) => topic,
      ({ partition }) => partition,
      ({ record }) => bytes(record.key),
      ({ record }) => bytes(record.value),
      ({ record }) => JSON.stringify(packHeaders(record.headers)),
      ({ cause }) => cause?.tenant ?? null,
      ({ cause }) => cause?.source ?? null,
      ({ cause }) => cause?.change ?? null,
    ],
  })
}

/** The driver writes a `Buffer` as bytes, and would write another array as a list of numbers. */
function bytes(value: Uint8Array | null): Buffer | null {
  return value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

function saveStamps({ tx, progress }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertStamps, decision.stamps, {
    before: [progress.partition],
    of: [
      ({ tenant }) => tenant,
      ({ source }) => source,
      ({ id }) => id,
      ({ number }) => number,
      ({ sequence }) => sequence,
      ({ contentHash }) => contentHash,
      ({ offset }) => offset,
    ],
  })
}

function saveWideMarks({ tx }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, insertWideMarks, decision.wideMarks, {
    before: [],
    of: [
      ({ kind }) => kind,
      ({ tenant }) => tenant,
      ({ target }) => target,
      ({ e }) => e,
      ({ position }) => position,
      ({ source }) => source,
      ({ change }) => change,
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
    of: [({ tenant }) => tenant, ({ source }) => source, ({ count }) => count, told],
  })
}

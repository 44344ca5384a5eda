import { denialKey, scopeKey, subjectKey, wholeTenant } from '@freshet/domain'
import type { RecordedBatch } from '@freshet/reconciler'
import { packRecord } from '../stored-record.ts'
import { upsertAccounts } from './account-rows.ts'
import { storedElements, upsertClaims } from './claim-rows.ts'
import { settleDoubts, upsertDoubts } from './doubt-rows.ts'
import { upsertFeeds } from './feed-rows.ts'
import { insertDenials } from './insert-denials.ts'
import { overRows, type SaveContext } from './save-rows.ts'
import { upsertWatermarks } from './upsert-watermarks.ts'
import { deleteWithdrawn, upsertWithdrawn } from './withdrawn-rows.ts'

/** Writes what decides: claims, accounts, tombstones, doubts, watermarks, denials, feeds. */
export async function saveState(context: SaveContext, batch: RecordedBatch): Promise<void> {
  await saveClaims(context, batch)
  await saveAccounts(context, batch)
  await saveWithdrawn(context, batch)
  await saveDoubts(context, batch)
  await saveWatermarks(context, batch)
  await saveDenials(context, batch)
  await saveFeeds(context, batch)
}

function saveClaims({ tx, progress }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertClaims, decision.claims, {
    before: [progress.partition],
    of: [
      ({ subject }) => subjectKey(subject),
      ({ claim }) => claim,
      ({ subject }) => subject.tenant,
      ({ source }) => source,
      ({ state }) => state.floor.epoch,
      ({ state }) => state.floor.n,
      ({ state }) => storedElements(state),
    ],
  })
}

function saveAccounts({ tx }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertAccounts, decision.accounts, {
    before: [],
    of: [
      ({ subject }) => subjectKey(subject),
      ({ subject }) => subject.tenant,
      ({ state }) => state.state,
      ({ state }) => state.version.epoch,
      ({ state }) => state.version.n,
      ({ state }) => state.deletedFloor.epoch,
      ({ state }) => state.deletedFloor.n,
    ],
  })
}

async function saveWithdrawn({ tx }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  const { forgottenWithdrawals, withdrawn } = decision
  if (forgottenWithdrawals.length > 0) await tx.query(deleteWithdrawn, [forgottenWithdrawals])
  await overRows(tx, upsertWithdrawn, withdrawn, {
    before: [],
    of: [
      ({ tenant }) => tenant,
      ({ claim }) => claim,
      ({ value }) => value,
      ({ version }) => version.epoch,
      ({ version }) => version.n,
      ({ atMs }) => atMs,
    ],
  })
}

async function saveDoubts(
  { tx, progress }: SaveContext,
  { decision }: RecordedBatch,
): Promise<void> {
  const { settledClaims, doubts } = decision
  if (settledClaims !== null) {
    const tenant = subjectKey(wholeTenant(settledClaims.tenant))
    await tx.query(settleDoubts, [tenant, settledClaims.claims, progress.partition])
  }
  await overRows(tx, upsertDoubts, doubts, {
    before: [],
    of: [
      ({ subject }) => subjectKey(subject),
      ({ claim }) => claim,
      ({ ref }) => ref.e,
      ({ ref }) => ref.partition,
      ({ ref }) => ref.offset,
      ({ raised }) => raised,
      ({ settled }) => settled,
    ],
  })
}

function saveWatermarks(
  { tx, progress }: SaveContext,
  { decision, published, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const record = (index: number | null): Buffer | null => {
    const found = index === null ? undefined : published[index]
    return found === undefined ? null : packRecord(found)
  }
  return overRows(tx, upsertWatermarks, decision.watermarks, {
    before: [progress.partition, appliedAtMs],
    of: [
      ({ scope }) => scopeKey(scope),
      ({ tenant }) => tenant,
      // Below every label: only the time rises.
      ({ position }) => position?.e ?? 0n,
      ({ position }) => position?.offset ?? 0n,
      ({ source }) => source,
      ({ change }) => change,
      ({ timeMs }) => timeMs,
      ({ publication }) => record(publication),
    ],
  })
}

function saveDenials({ tx }: SaveContext, { decision, published }: RecordedBatch): Promise<void> {
  const record = (index: number): Buffer | null => {
    const found = published[index]
    return found === undefined ? null : packRecord(found)
  }
  return overRows(tx, insertDenials, decision.denials, {
    before: [],
    of: [
      ({ tenant, kind, target }) => denialKey({ tenant, kind, id: target }),
      ({ tenant }) => tenant,
      ({ kind }) => kind,
      ({ target }) => target,
      ({ source }) => source,
      ({ change }) => change,
      ({ atMs }) => atMs,
      ({ publication }) => record(publication),
    ],
  })
}

function saveFeeds({ tx, progress }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertFeeds, decision.feeds, {
    before: [progress.partition],
    of: [
      ({ tenant }) => tenant,
      ({ source }) => source,
      ({ feed }) => feed.complete,
      ({ feed }) => `{${feed.beyond.join(',')}}`,
      ({ feed }) => feed.throughMs,
      ({ feed }) => feed.halted,
      ({ snapshot }) => snapshot?.epoch ?? null,
      ({ snapshot }) => snapshot?.n ?? null,
    ],
  })
}

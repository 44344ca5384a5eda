import {
  denialKey,
  feedKey,
  scopeKey,
  SETTLED_AHEAD_MAX,
  subjectKey,
  type BatchDecision,
  type HeldFeed,
} from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import { bools, byteas, int4s, int8s, jsonbs, texts } from '../rows/columns.ts'
import type { Queryable } from '../connection/query.ts'
import { upsertAccounts } from './rows/account-rows.ts'
import { upsertClaims } from './rows/claim-rows.ts'
import type { PlacedFeed } from './rows/common-rows.ts'
import { forgetAhead, settleDoubts, upsertDoubts } from './rows/doubt-rows.ts'
import { overRows, type SaveContext } from './save-rows.ts'
import { storedElements } from './rows/stored-elements.ts'
import { upsertDenials } from './upserts/upsert-denials.ts'
import { raisedAtMs, upsertWatermarks } from './upserts/upsert-watermarks.ts'
import { deleteWithdrawn, upsertWithdrawn } from './rows/withdrawn-rows.ts'

/** Sends what decides: claims, accounts, tombstones, doubts, watermarks, denials, feeds. */
export async function saveState(context: SaveContext, batch: RecordedBatch): Promise<void> {
  await Promise.all([
    saveClaims(context, batch),
    saveAccounts(context, batch),
    saveWithdrawn(context, batch),
    saveDoubts(context, batch),
    saveWatermarks(context, batch),
    saveDenials(context, batch),
    saveFeeds(context, batch),
  ])
}

function saveClaims({ tx, progress }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertClaims, decision.claims, {
    before: [progress.partition],
    of: [
      texts(({ subject }) => subjectKey(subject)),
      texts(({ claim }) => claim),
      texts(({ subject }) => subject.tenant),
      texts(({ source }) => source),
      int8s(({ state }) => state.floor.epoch),
      int8s(({ state }) => state.floor.n),
      jsonbs(({ state }) => storedElements(state.elements)),
    ],
  })
}

function saveAccounts({ tx }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  return overRows(tx, upsertAccounts, decision.accounts, {
    before: [],
    of: [
      texts(({ subject }) => subjectKey(subject)),
      texts(({ subject }) => subject.tenant),
      texts(({ state }) => (state.state === 'unstated' ? 'disabled' : state.state)),
      bools(({ state }) => state.state === 'unstated'),
      texts(({ state }) => state.source),
      int8s(({ state }) => state.version.epoch),
      int8s(({ state }) => state.version.n),
      texts(({ state }) => state.deletedBy),
      int8s(({ state }) => state.deletedFloor.epoch),
      int8s(({ state }) => state.deletedFloor.n),
    ],
  })
}

async function saveWithdrawn({ tx }: SaveContext, { decision }: RecordedBatch): Promise<void> {
  const { forgottenWithdrawals, withdrawn } = decision
  const forgetting =
    forgottenWithdrawals.length > 0 && tx.query(deleteWithdrawn, [forgottenWithdrawals])
  const raising = overRows(tx, upsertWithdrawn, withdrawn, {
    before: [],
    of: [
      texts(({ tenant }) => tenant),
      texts(({ claim }) => claim),
      texts(({ value }) => value),
      int8s(({ version }) => version.epoch),
      int8s(({ version }) => version.n),
      int8s(({ atMs }) => atMs),
    ],
  })
  await Promise.all([forgetting, raising])
}

async function saveDoubts(
  { tx, progress }: SaveContext,
  { decision }: RecordedBatch,
): Promise<void> {
  const { settledClaims, doubts, nextOffset } = decision
  const settling = settledClaims && settle(tx, settledClaims, progress.partition)
  const raising = overRows(tx, upsertDoubts, doubts, {
    before: [],
    of: [
      texts(({ subject }) => subjectKey(subject)),
      texts(({ claim }) => claim),
      int8s(({ ref }) => ref.e),
      int4s(({ ref }) => ref.partition),
      int8s(({ ref }) => ref.offset),
      bools(({ raised }) => raised),
      bools(({ settled }) => settled),
    ],
  })
  const settled = doubts.filter(({ raised }) => !raised)
  const forgetting = overRows(tx, forgetAhead, settled, {
    before: [SETTLED_AHEAD_MAX, progress.partition, nextOffset],
    of: [texts(({ subject }) => subjectKey(subject)), texts(({ claim }) => claim)],
  })
  await Promise.all([settling, raising, forgetting])
}

function settle(
  tx: Queryable,
  { subjects, claims }: NonNullable<BatchDecision['settledClaims']>,
  partition: number,
): Promise<unknown> {
  return tx.query(settleDoubts, [subjects.map(subjectKey), claims, partition])
}

function saveWatermarks(
  { tx, progress, pack }: SaveContext,
  { decision, published, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const record = (index: number | null): Buffer | null => {
    const found = index === null ? undefined : published[index]
    return found === undefined ? null : pack(found)
  }
  return overRows(tx, upsertWatermarks, decision.watermarks, {
    before: [progress.partition, raisedAtMs(appliedAtMs)],
    of: [
      texts(({ scope }) => scopeKey(scope)),
      texts(({ tenant }) => tenant),
      // Below every label: only the time rises.
      int8s(({ position }) => position?.e ?? 0n),
      int8s(({ position }) => position?.offset ?? 0n),
      texts(({ source }) => source),
      texts(({ change }) => change),
      int8s(({ timeMs }) => timeMs),
      byteas(({ publication }) => record(publication)),
      texts(({ timed }) => timed?.source ?? null),
      texts(({ timed }) => timed?.change ?? null),
      byteas(({ timed }) => record(timed?.publication ?? null)),
    ],
  })
}

function saveDenials(
  { tx, pack }: SaveContext,
  { decision, published, appliedAtMs }: RecordedBatch,
): Promise<void> {
  const record = (index: number): Buffer | null => {
    const found = published[index]
    return found === undefined ? null : pack(found)
  }
  return overRows(tx, upsertDenials, decision.denials, {
    before: [appliedAtMs],
    of: [
      texts(({ tenant, kind, target }) => denialKey({ tenant, kind, id: target })),
      texts(({ tenant }) => tenant),
      texts(({ kind }) => kind),
      texts(({ target }) => target),
      texts(({ source }) => source),
      texts(({ change }) => change),
      int8s(({ atMs }) => atMs),
      int8s(({ expMs }) => expMs ?? null),
      byteas(({ publication }) => record(publication)),
    ],
  })
}

async function saveFeeds(
  { rows, progress, loaded }: SaveContext,
  { decision }: RecordedBatch,
): Promise<void> {
  const { partition } = progress
  const heard: PlacedFeed[] = []
  const others: PlacedFeed[] = []
  for (const held of decision.feeds) {
    const kind = isHeardAlone(loaded.get(feedKey(held)), held) ? heard : others
    kind.push({ ...held, partition })
  }
  await Promise.all([
    heard.length > 0 && rows.raiseThrough(heard),
    others.length > 0 && rows.saveFeeds(others),
  ])
}

/** Returns whether `through` alone can differ from the stored row, as after a heartbeat. */
function isHeardAlone(before: HeldFeed | undefined, held: HeldFeed): boolean {
  if (before?.statements !== held.statements || before.removals !== held.removals) return false
  const { complete, beyond, halted, aheadMs } = before.feed
  const { feed } = held
  if (aheadMs !== feed.aheadMs) return false
  return complete === feed.complete && beyond === feed.beyond && halted === feed.halted
}

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
import type { Queryable, Statement } from '../connection/query.ts'
import {
  upsertAccounts,
  upsertClaims,
  deleteWithdrawn,
  upsertWithdrawn,
} from './rows/claim-rows.ts'
import type { PlacedFeed } from './rows/common-rows.ts'
import { overRows, type SaveContext, raisedAtMs, upsertWatermarks } from './save-rows.ts'
import { storedElements } from './rows/stored-elements.ts'

/** A denial without a known end lasts longer than every denial with one. */
const endsLater = `(d.exp_ms < excluded.exp_ms OR (d.exp_ms IS NOT NULL AND excluded.exp_ms IS NULL))`
const later = (column: string): string =>
  `${column} = CASE WHEN ${endsLater} THEN excluded.${column} ELSE d.${column} END`

/**
 * Denials recorded at $1; of several of one target the one that ends last stands: keys ($2), tenants ($3),
 * kinds ($4), targets ($5), sources ($6), changes ($7), times ($8), ends of their tokens ($9), records ($10).
 */
const upsertDenials: Statement = {
  name: 'recorder-upsert-denials',
  text: `
    INSERT INTO denial AS d (denial_key, tenant, kind, target, source, change, at_ms, exp_ms, record,
      recorded_at_ms)
    SELECT denial_key, tenant, kind, target, source, change, at_ms, exp_ms, record, $1
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
      $9::bigint[], $10::bytea[])
      AS row (denial_key, tenant, kind, target, source, change, at_ms, exp_ms, record)
    ON CONFLICT (denial_key) DO UPDATE SET
      ${['source', 'change', 'at_ms', 'record', 'exp_ms'].map(later).join(',\n      ')},
      recorded_at_ms = greatest(d.recorded_at_ms, excluded.recorded_at_ms)`,
}

/**
 * Doubts, joined by `or` in whatever order raising and settling come (rule 20): subject keys ($1),
 * claims ($2), places ($3 e, $4 partition, $5 offset), raised ($6), settled ($7).
 */
const upsertDoubts: Statement = {
  name: 'recorder-upsert-doubts',
  text: `
    INSERT INTO doubt AS d (subject, claim, e, partition, log_offset, raised, settled)
    SELECT subject, claim, e, partition, log_offset, raised, settled
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::int[], $5::bigint[], $6::boolean[],
      $7::boolean[]) AS row (subject, claim, e, partition, log_offset, raised, settled)
    ON CONFLICT (subject, claim, e, partition, log_offset) DO UPDATE
      SET raised = d.raised OR excluded.raised, settled = d.settled OR excluded.settled`,
}

/** Settles the doubts of whole claims ($2), by the keys that stand for all subjects ($1), in a partition ($3). */
const settleDoubts: Statement = {
  name: 'recorder-settle-doubts',
  text: `
    UPDATE doubt SET settled = true
    WHERE subject = ANY($1::text[]) AND claim = ANY($2::text[]) AND partition = $3 AND NOT settled`,
}

/**
 * Forgets the places that settle no doubt of some subjects ($4) and their claims ($5): those that a partition
 * has passed, so nothing can raise a doubt there any more, and those after the first $1 of a claim. The
 * partition $2 moves on to the offset $3. A row that another partition writes now stays until the next time.
 */
const forgetAhead: Statement = {
  name: 'recorder-forget-ahead',
  text: `
    WITH ahead AS (
      SELECT d.subject, d.claim, d.e, d.partition, d.log_offset, coalesce((d.e, d.log_offset) <
        (p.e, CASE p.partition WHEN $2 THEN $3::bigint ELSE p.next_offset END), false) AS passed
      FROM doubt d LEFT JOIN progress p ON p.partition = d.partition
      WHERE NOT d.raised AND (d.subject, d.claim) IN (SELECT * FROM unnest($4::text[], $5::text[]))
    ), placed AS (
      SELECT *, row_number() OVER (PARTITION BY subject, claim, passed
        ORDER BY e, log_offset, partition) AS place
      FROM ahead
    ), free AS (
      SELECT d.subject, d.claim, d.e, d.partition, d.log_offset
      FROM doubt d JOIN placed USING (subject, claim, e, partition, log_offset)
      WHERE NOT d.raised AND (passed OR place > $1)
      FOR UPDATE OF d SKIP LOCKED
    )
    DELETE FROM doubt d USING free f
    WHERE (d.subject, d.claim, d.e, d.partition, d.log_offset) =
      (f.subject, f.claim, f.e, f.partition, f.log_offset)`,
}

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
  const throughAlone: PlacedFeed[] = []
  const others: PlacedFeed[] = []
  for (const held of decision.feeds) {
    const kind = isThroughAlone(loaded.get(feedKey(held)), held) ? throughAlone : others
    kind.push({ ...held, partition })
  }
  await Promise.all([
    throughAlone.length > 0 && rows.raiseThrough(throughAlone),
    others.length > 0 && rows.saveFeeds(others),
  ])
}

/** Returns whether `through` alone can differ from the stored row, as after a heartbeat. */
function isThroughAlone(before: HeldFeed | undefined, held: HeldFeed): boolean {
  if (before?.statements !== held.statements || before.removals !== held.removals) return false
  const { complete, beyond, halted, aheadMs } = before.feed
  const { feed } = held
  if (aheadMs !== feed.aheadMs) return false
  return complete === feed.complete && beyond === feed.beyond && halted === feed.halted
}

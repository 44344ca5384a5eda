import {
  claimKey,
  comparePositions,
  compareVersions,
  denialKey,
  endsLater,
  scopeKey,
  SETTLED_AHEAD_MAX,
  subjectKey,
  type BatchDecision,
  type Position,
  type RaisedWatermark,
} from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import type { MemorySaveContext } from './memory-recorder-context.ts'
import type { MemoryDatabase } from '../memory-database.ts'
import { saveMemoryEvidence } from './memory-recorder-evidence.ts'
import { encodeRecord } from './memory-record.ts'
import type { DoubtRow, WatermarkRow } from '../memory-rows.ts'

/** Writes all changes of a batch. */
export function saveMemoryBatch(context: MemorySaveContext, batch: RecordedBatch): void {
  const { database, progress } = context
  const { decision, lastHash } = batch
  saveClaims(context, decision)
  saveWithdrawn(context, decision)
  saveDoubts(context, decision)
  for (const raised of decision.watermarks) saveWatermark(context, batch, raised)
  saveDenials(context, batch)
  saveFeeds(context, decision)
  saveMemoryEvidence(context, batch)
  const { activated, policy, nextOffset } = decision
  if (activated) database.registryVersions.set(String(activated.pv), activated)
  database.progress.set(String(progress.partition), {
    partition: progress.partition,
    e: progress.e,
    nextOffset,
    lastHash: lastHash ?? progress.lastHash,
    activePv: policy.pv,
    activeHash: policy.hash,
    minimumPv: policy.minimum,
    ...(policy.foreignSinceMs === undefined ? {} : { foreignSinceMs: policy.foreignSinceMs }),
    ...(policy.given && { given: policy.given }),
    grants: decision.grants ?? progress.grants,
  })
}

function saveClaims({ database, progress }: MemorySaveContext, decision: BatchDecision): void {
  for (const held of decision.claims) {
    const key = JSON.stringify([subjectKey(held.subject), held.claim])
    database.claimStates.set(key, { ...held, partition: progress.partition })
  }
  for (const held of decision.accounts) database.accounts.set(subjectKey(held.subject), held)
}

function saveWithdrawn({ database }: MemorySaveContext, decision: BatchDecision): void {
  const keyOf = (row: { tenant: string; claim: string; value: string }): string =>
    JSON.stringify([row.tenant, row.claim, row.value])
  for (const row of database.withdrawnValues.values()) {
    const isForgotten = decision.forgottenWithdrawals.includes(row.claim)
    if (isForgotten) database.withdrawnValues.delete(keyOf(row))
  }
  for (const row of decision.withdrawn) {
    const before = database.withdrawnValues.get(keyOf(row))
    if (before && compareVersions(before.version, row.version) >= 0) continue
    database.withdrawnValues.set(keyOf(row), row)
  }
}

function saveDoubts(context: MemorySaveContext, decision: BatchDecision): void {
  const { database, progress } = context
  settleClaims(database, progress.partition, decision)
  for (const { subject, claim, ref, raised, settled } of decision.doubts) {
    const row = { subject, claim, ...ref }
    const before = database.doubts.get(doubtKey(row))
    database.doubts.set(doubtKey(row), {
      ...row,
      raised: raised || (before?.raised ?? false),
      settled: settled || (before?.settled ?? false),
    })
  }
  const ahead = decision.doubts.filter(({ raised }) => !raised)
  const claims = new Set(ahead.map((entry) => claimKey(entry.subject, entry.claim)))
  for (const claim of claims) forgetAhead(context, claim, decision.nextOffset)
}

/**
 * Forgets the places of a claim that settle no doubt: those that a partition has passed, and those after the
 * first ones.
 */
function forgetAhead(
  { database, progress }: MemorySaveContext,
  claim: string,
  nextOffset: bigint,
): void {
  const passed = ({ e, partition, offset }: DoubtRow): boolean => {
    const at = database.progress.get(String(partition))
    if (at === undefined) return false
    const next = partition === progress.partition ? nextOffset : at.nextOffset
    return comparePositions({ e, offset }, { e: at.e, offset: next }) < 0
  }
  const rows = database.doubts
    .values()
    .filter((row) => !row.raised && claimKey(row.subject, row.claim) === claim)
  const ahead = rows.filter((row) => !passed(row)).toSorted(comparePositions)
  const kept = new Set(ahead.slice(0, SETTLED_AHEAD_MAX))
  for (const row of rows) if (!kept.has(row)) database.doubts.delete(doubtKey(row))
}

function settleClaims(
  database: MemoryDatabase,
  partition: number,
  { settledClaims }: BatchDecision,
): void {
  if (settledClaims === null) return
  const subjects = settledClaims.subjects.map(subjectKey)
  for (const row of database.doubts.values()) {
    if (!subjects.includes(subjectKey(row.subject)) || row.partition !== partition) continue
    if (!settledClaims.claims.includes(row.claim)) continue
    database.doubts.set(doubtKey(row), { ...row, settled: true })
  }
}

function doubtKey(row: Omit<DoubtRow, 'raised' | 'settled'>): string {
  const { subject, claim, e, partition, offset } = row
  return JSON.stringify([subjectKey(subject), claim, String(e), partition, String(offset)])
}

/** Writes a watermark. Position and time rise separately, and each keeps its cause. */
function saveWatermark(
  { database, progress }: MemorySaveContext,
  { published, appliedAtMs }: RecordedBatch,
  raised: RaisedWatermark,
): void {
  const recordOf = (index: number | null): Uint8Array | null => {
    const found = index === null ? undefined : published[index]
    return found ? encodeRecord(found) : null
  }
  const key = scopeKey(raised.scope)
  const { tenant, source, change, timeMs, timed = null } = raised
  const { e, offset: position } = raised.position ?? { e: 0n, offset: 0n }
  const fresh: WatermarkRow = {
    scopeKey: key,
    tenant,
    partition: progress.partition,
    e,
    position,
    source,
    change,
    timeMs,
    raisedAtMs: appliedAtMs,
    record: recordOf(raised.publication),
    timed: timed && { ...timed, record: recordOf(timed.publication) },
  }
  const before = database.watermarks.get(key)
  const merged = before === undefined ? fresh : mergeWatermarks(before, fresh)
  if (merged !== before) database.watermarks.set(key, merged)
}

function mergeWatermarks(before: WatermarkRow, fresh: WatermarkRow): WatermarkRow {
  const [was, is] = [positionOf(before), positionOf(fresh)]
  const rises = comparePositions(was, is) < 0
  const isLater = rises ? before.timeMs <= fresh.timeMs : before.timeMs < fresh.timeMs
  if (!rises && !isLater) return before
  const times = {
    timeMs: Math.max(before.timeMs, fresh.timeMs),
    raisedAtMs: Math.max(before.raisedAtMs, fresh.raisedAtMs),
  }
  if (rises) return { ...fresh, ...times, timed: isLater ? fresh.timed : timedOf(before) }
  return { ...before, ...times, timed: timedOf(fresh) }
}

function positionOf({ e, position: offset }: WatermarkRow): Position {
  return { e, offset }
}

function timedOf({ timed, source, change, record }: WatermarkRow): WatermarkRow['timed'] {
  return timed ?? { source, change, record }
}

/** Writes the denials of a batch. Of several denials of one target, the one that ends last stays. */
function saveDenials({ database }: MemorySaveContext, batch: RecordedBatch): void {
  const { decision, published, appliedAtMs } = batch
  for (const { publication, ...denial } of decision.denials) {
    const key = denialKey({ ...denial, id: denial.target })
    const before = database.denials.get(key)
    const found = published[publication]
    const record = found ? encodeRecord(found) : null
    const recordedAtMs = Math.max(appliedAtMs, before?.recordedAtMs ?? 0)
    const stands = before && !endsLater(before, denial) ? before : { ...denial, record }
    database.denials.set(key, { ...stands, recordedAtMs })
  }
}

function saveFeeds({ database, progress }: MemorySaveContext, { feeds }: BatchDecision): void {
  const { partition } = progress
  for (const feed of feeds) {
    const key = JSON.stringify([feed.tenant, feed.source, partition])
    database.feeds.set(key, { ...feed, partition })
  }
}

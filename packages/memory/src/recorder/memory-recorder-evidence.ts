import {
  comparePositions,
  feedRefusals,
  REFUSED_KEPT_MAX,
  type LearnedStamp,
  type ChangeLogEntry,
} from '@freshet/protocol'
import type { RecordedBatch } from '@freshet/reconciler'
import { appendMemoryAudit } from '../audit/memory-audit.ts'
import { saveMemoryContradictions } from './memory-contradictions.ts'
import { saveMemoryMissed } from './memory-missed.ts'
import { stampKey } from '../intake/memory-intake.ts'
import type { MemorySaveContext } from './memory-recorder-context.ts'
import type { MemoryDatabase } from '../memory-database.ts'
import type { ChangeLogRow, StampRow } from '../memory-rows.ts'

/**
 * Writes the evidence of a batch: the change log, the outbox, stamps, marks to make, refusals, quarantined
 * records.
 */
export function saveMemoryEvidence(context: MemorySaveContext, batch: RecordedBatch): void {
  for (const change of batch.decision.log) saveChange(context, batch, change)
  saveOutbox(context, batch)
  saveStamps(context, batch)
  saveMarks(context, batch)
  saveRefusals(context, batch)
  appendMemoryAudit(context.database, batch.audit)
  saveQuarantined(context, batch)
  saveMemoryMissed(context, batch)
  saveMemoryContradictions(context, batch)
}

function saveChange(
  { database, progress }: MemorySaveContext,
  { receivedAtMs, appliedAtMs }: RecordedBatch,
  change: ChangeLogEntry,
): void {
  const { e, partition } = progress
  const key = JSON.stringify([change.tenant, change.source, change.id, partition])
  const before = database.changeLog.get(key)
  if (before && !isReplaced(before, change)) return
  const { publishedAtMs = null, revocationOffset = null, tokensMarked = 0 } = before ?? {}
  const stages = { receivedAtMs, appliedAtMs, publishedAtMs, revocationOffset, tokensMarked }
  database.changeLog.set(key, { ...change, e, partition, ...stages })
}

function isReplaced(before: ChangeLogRow, { outcome }: ChangeLogEntry): boolean {
  if (before.outcome === 'quarantined') return true
  const isWaiting = before.outcome === 'doubtful' || before.outcome === 'held'
  return isWaiting && outcome !== 'quarantined'
}

function saveOutbox({ database }: MemorySaveContext, { outbox }: RecordedBatch): void {
  for (const { topic, partition, record, cause } of outbox) {
    const id = database.nextId()
    const { tenant, source, change: name } = cause ?? { tenant: '', source: '', change: '' }
    const change = cause === null ? null : { tenant, source, id: name }
    database.outbox.set(String(id), { id, topic, partition, ...record, change })
  }
}

function saveStamps(
  { database, progress }: MemorySaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): void {
  const { partition } = progress
  for (const stamp of decision.stamps)
    learnStamp(database, { ...stamp, partition, createdAtMs: appliedAtMs })
}

/** Stores a stamp from the topic (rule 35). A stamp that waits under another number continues to wait. */
export function learnStamp(
  database: MemoryDatabase,
  stamp: LearnedStamp & Pick<StampRow, 'partition' | 'createdAtMs'>,
): void {
  const key = stampKey(stamp, stamp.id, stamp.partition)
  const before = database.stamps.get(key)
  const noBytes = { key: null, value: null, headers: null }
  if (before === undefined) {
    database.stamps.set(key, { ...stamp, ...noBytes, acknowledged: true })
  } else if (!before.acknowledged && isSame(before, stamp)) {
    database.stamps.set(key, { ...before, ...noBytes, acknowledged: true, offset: stamp.offset })
  }
}

function isSame(row: StampRow, { number, contentHash }: LearnedStamp): boolean {
  return row.number === number && row.contentHash === contentHash
}

function saveMarks(
  { database, progress }: MemorySaveContext,
  { decision, appliedAtMs: atMs }: RecordedBatch,
): void {
  for (const mark of decision.marks) {
    const id = database.nextId()
    const start = { partition: progress.partition, atMs, cursor: '', turn: id }
    database.tokenMarks.set(String(id), { ...mark, id, ...start })
  }
}

function saveRefusals({ database, progress }: MemorySaveContext, batch: RecordedBatch): void {
  const { partition } = progress
  for (const { tenant, source, count, latest } of feedRefusals(batch.decision.quarantine)) {
    const key = JSON.stringify([tenant, source, partition])
    const before = database.feedRefusals.get(key)
    const refusals = latest.map((one) => ({ ...one, partition, atMs: batch.appliedAtMs }))
    database.feedRefusals.set(key, {
      tenant,
      source,
      partition,
      count: count + (before?.count ?? 0),
      latest: [...refusals, ...(before?.latest ?? [])].slice(0, REFUSED_KEPT_MAX),
    })
  }
}

function saveQuarantined(
  { database, progress }: MemorySaveContext,
  { quarantined }: RecordedBatch,
): void {
  const { e, partition } = progress
  for (const entry of quarantined) {
    const { id, topic, arrivals, code, rule, cause, claimedSource, bytes } = entry
    const before = database.quarantine.get(id)
    const last = { e, offset: entry.lastOffset, atMs: entry.lastAtMs }
    if (before && comparePositions(before.last, last) >= 0) continue
    const why = { code, rule, tenant: cause?.tenant ?? null, change: cause?.change ?? null }
    const fields = { ...why, source: cause?.source ?? claimedSource, last }
    database.quarantine.set(
      id,
      before
        ? { ...before, ...fields, arrivals: before.arrivals + arrivals }
        : {
            id,
            topic,
            partition,
            ...fields,
            arrivals,
            bytes,
            first: {
              e,
              offset: entry.firstOffset,
              atMs: entry.firstAtMs,
            },
            stands: null,
            state: 'open',
            replays: 0,
            sent: null,
            outcome: null,
            decided: null,
          },
    )
  }
}

import { compareVersions, MISSED_KEPT_MS, NO_VERSION, subjectKey } from '@freshet/protocol'
import type { Feed, MissedAt, MissedQuestion } from '@freshet/intake'
import type { RecordedBatch } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import type { MemorySaveContext } from './memory-recorder-context.ts'
import type { MissedRow } from '../memory-rows.ts'

/** Writes the missed changes that snapshots found, and deletes those whose event was only late. */
export function saveMemoryMissed(
  { database: { missedChanges }, progress: { partition } }: MemorySaveContext,
  { decision: { missed, announced }, appliedAtMs: atMs }: RecordedBatch,
): void {
  for (const row of missed.length > 0 ? missedChanges.values() : []) {
    const isOld = row.partition === partition && row.atMs < atMs - MISSED_KEPT_MS
    if (isOld) missedChanges.delete(missedKey(row))
  }
  for (const found of missed) {
    const row = { ...found, partition, atMs }
    if (missedChanges.get(missedKey(row)) === undefined) missedChanges.set(missedKey(row), row)
  }
  for (const late of announced) {
    for (const row of missedChanges.values()) {
      const isIt = row.source === late.source && row.claim === late.claim
      if (!isIt || subjectKey(row.subject) !== subjectKey(late.subject)) continue
      if (compareVersions(row.version, late.version) >= 0) missedChanges.delete(missedKey(row))
    }
  }
}

function missedKey({ subject, source, claim, statement }: MissedRow): string {
  return JSON.stringify([source, subjectKey(subject), claim, statement])
}

/** Returns the missed changes by subject and claim, without those that another event announced. */
export function missedOf(
  database: MemoryDatabase,
  { tenant, source }: Feed,
  { sinceMs, statement }: MissedQuestion,
): readonly MissedAt[] {
  return database.missedChanges
    .values()
    .filter((row) => row.subject.tenant === tenant && row.source === source)
    .filter((row) => row.atMs >= sinceMs && (statement ?? row.statement) === row.statement)
    .filter((row) => !wasDeleted(database, row))
    .map((row) => ({
      subject: subjectKey(row.subject),
      claim: row.claim,
      change: row.change,
      isRemoval: row.lost.some((value) => !wasWithdrawn(database, row, value)),
      isGrant: row.gained,
    }))
    .filter(({ isRemoval, isGrant }) => isRemoval || isGrant)
    .toSorted((a, b) => (a.subject + a.claim < b.subject + b.claim ? -1 : 1))
}

function wasDeleted({ accounts }: MemoryDatabase, { subject }: MissedRow): boolean {
  const floor = accounts.get(subjectKey(subject))?.state.deletedFloor
  return floor !== undefined && compareVersions(floor, NO_VERSION) > 0
}

function wasWithdrawn(database: MemoryDatabase, row: MissedRow, value: string): boolean {
  const key = JSON.stringify([row.subject.tenant, row.claim, value])
  return database.withdrawnValues.get(key) !== undefined
}

import { subjectKey } from '@freshet/protocol'
import type { ContradictedAt, ContradictedCount, Feed } from '@freshet/intake'
import type { RecordedBatch } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import type { MemorySaveContext } from './memory-recorder-context.ts'

/** Writes the contradicted corroborated claims, and deletes contradictions that have ended. */
export function saveMemoryContradictions(
  { database: { contradictions } }: MemorySaveContext,
  { decision, appliedAtMs }: RecordedBatch,
): void {
  for (const { subject, claim, owner, witness, stands, change } of decision.contradictions) {
    const key = JSON.stringify([subjectKey(subject), claim])
    const before = contradictions.get(key)
    const isSame = before?.owner.source === owner.source && before.witness.source === witness.source
    const sinceMs = isSame ? before.sinceMs : appliedAtMs
    const { tenant } = subject
    const row = { subject: subjectKey(subject), claim, owner, witness, change, sinceMs, tenant }
    if (stands) contradictions.set(key, row)
    else contradictions.delete(key)
  }
}

/** Returns the contradictions between a source and another one, newest first. */
export function memoryContradictionsOf(
  database: MemoryDatabase,
  { tenant, source }: Feed,
  limit: number,
): {
  readonly counts: readonly ContradictedCount[]
  readonly latest: readonly ContradictedAt[]
} {
  const rows = database.contradictions
    .values()
    .filter((row) => row.tenant === tenant)
    .filter(({ owner, witness }) => [owner.source, witness.source].includes(source))
  const byTime = rows.toSorted((a, b) => b.sinceMs - a.sinceMs || (a.subject < b.subject ? -1 : 1))
  const latest = byTime.slice(0, limit).map(toContradictedAt)
  return { counts: countsOf(rows), latest }
}

function toContradictedAt(row: ContradictedAt): ContradictedAt {
  const { subject, claim, owner, witness, change, sinceMs } = row
  return { subject, claim, owner, witness, change, sinceMs }
}

/** Returns the number of subjects for each pair of sources that differ. */
function countsOf(rows: readonly ContradictedAt[]): readonly ContradictedCount[] {
  const counts = new Map<string, ContradictedCount>()
  for (const { claim, owner, witness } of rows) {
    const of = { claim, source: owner.source, corroborates: witness.source }
    const key = JSON.stringify(of)
    counts.set(key, { ...of, subjects: (counts.get(key)?.subjects ?? 0) + 1 })
  }
  return [...counts.values()].sort((a, b) => (a.claim < b.claim ? -1 : 1))
}

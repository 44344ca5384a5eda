import { decodeAuditEntry, type AuditFact } from '@freshet/wire'
import type { ListedEntry } from './audit-reader.ts'

/** An entry whose text was read. */
export interface ReadEntry extends ListedEntry {
  /** `null`, with the facts: this build cannot read the entry. */
  readonly by: string | null
  readonly detail: Readonly<Record<string, AuditFact>> | null
}

/** Reads the text of each entry. */
export function readEntries(entries: readonly ListedEntry[]): readonly ReadEntry[] {
  return entries.map((entry) => {
    const { by = null, detail = null } = decodeAuditEntry(entry.text) ?? {}
    return { ...entry, by, detail }
  })
}

/**
 * Makes one entry of each activation of a policy version, which has an entry for each partition: the newest one, with
 * all partitions as a fact. A partition that was activated twice begins another one.
 */
export function joinActivations(entries: readonly ReadEntry[]): readonly ReadEntry[] {
  const open = new Map<string, number[]>()
  return entries
    .flatMap((entry): readonly { entry: ReadEntry; partitions?: readonly number[] }[] => {
      const { kind, ref, detail } = entry
      const partition = detail?.['partition']
      if (kind !== 'policy-activated' || typeof partition !== 'number') return [{ entry }]
      const joined = open.get(ref)
      if (joined !== undefined && !joined.includes(partition)) {
        joined.push(partition)
        return []
      }
      const partitions = [partition]
      open.set(ref, partitions)
      return [{ entry, partitions }]
    })
    .map(({ entry, partitions }) =>
      partitions === undefined ? entry : joinedOf(entry, partitions),
    )
}

function joinedOf(entry: ReadEntry, partitions: readonly number[]): ReadEntry {
  if (partitions.length === 1) return entry
  const { partition: _, ...rest } = entry.detail ?? {}
  const names = partitions.toSorted((a, b) => a - b).join(', ')
  return { ...entry, detail: { partitions: names, ...rest } }
}

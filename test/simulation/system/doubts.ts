import type { RecordRef } from '@freshet/protocol'
import type { World } from './world.ts'

/** A claim of a subject that is in doubt, and the records that caused it. */
export interface OpenDoubt {
  readonly sub: string
  readonly claim: string
  readonly refs: readonly RecordRef[]
  readonly key: string
}

/**
 * Returns the doubts that a source alone can end, which an operator reads in the database and passes to it.
 */
export function openDoubts(
  { database, tenant }: World,
  claims: readonly string[],
): readonly OpenDoubt[] {
  const open = new Map<string, OpenDoubt>()
  for (const { subject, claim, raised, settled, ...ref } of database.doubts.values()) {
    if (!raised || settled || subject.tenant !== tenant) continue
    // The doubt of a moved claim concerns every subject, and ends with the snapshot (rule 32).
    if (subject.sub === '' || !claims.includes(claim)) continue
    const { e, partition, offset } = ref
    const base = `${subject.sub} ${claim}`
    const refs = [...(open.get(base)?.refs ?? []), { e, partition, offset }]
    const key = `${base} ${refs.map((each) => `${each.e}.${each.partition}.${each.offset}`).join()}`
    open.set(base, { sub: subject.sub, claim, refs, key })
  }
  return [...open.values()]
}

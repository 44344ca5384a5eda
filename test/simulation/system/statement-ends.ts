import { CONTROL_PARTITION } from '@freshet/domain'
import type { MemoryDatabase } from '@freshet/memory'
import type { Entry } from './journal.ts'
import type { World } from './world.ts'

type Row = ReturnType<MemoryDatabase['changeLog']['values']>[number]

/** The end of a full statement whose begin the broker lost: where that is missing it ends nothing. */
export function isOrphan(world: World, entries: readonly Entry[], at: number): boolean {
  const borders = entries.slice(0, at + 1).filter(({ fact }) => fact.kind === 'statement')
  const [begin, end] = borders.slice(-2)
  const isEnd = end === entries[at] && end?.fact.kind === 'statement' && end.fact.border === 'end'
  return isEnd && begin !== undefined && world.lost.has(begin.id)
}

/**
 * The end of a full statement between whose borders something came of its source that does not tell
 * whom it is about: what was stated before cannot answer for that, so there it ends nothing.
 */
export function isCutShort(rows: readonly Row[], end: Row): boolean {
  if (end.kind !== 'snapshot-end') return false
  const { source, partition, offset } = end
  const before = rows.filter(
    (row) => row.source === source && row.partition === partition && row.offset < offset,
  )
  const begins = before.filter(({ kind }) => kind === 'snapshot-begin')
  const begin = begins
    .map((row) => row.offset)
    .reduce((one, other) => (other > one ? other : one), -1n)
  return before.some((row) => row.offset > begin && haltsFeed(row))
}

function haltsFeed({ kind, subject, partition }: Row): boolean {
  return kind === 'unreadable' && (subject === null || partition === CONTROL_PARTITION)
}

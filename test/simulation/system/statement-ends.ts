import { CONTROL_PARTITION } from '@freshet/protocol'
import type { MemoryDatabase } from '@freshet/memory'
import type { Entry } from './journal.ts'
import type { World } from './world.ts'

type Row = ReturnType<MemoryDatabase['changeLog']['values']>[number]

/**
 * Returns whether this is the end of a snapshot whose begin the broker lost: without its begin it ends
 * nothing.
 */
export function isOrphan(world: World, entries: readonly Entry[], at: number): boolean {
  const markers = entries.slice(0, at + 1).filter(({ fact }) => fact.kind === 'statement')
  const [begin, end] = markers.slice(-2)
  const isEnd = end === entries[at] && end?.fact.kind === 'statement' && end.fact.marker === 'end'
  return isEnd && begin !== undefined && world.lost.has(begin.id)
}

/**
 * Returns whether a record without a subject came from the source between the markers of this snapshot. The
 * statements before that record cannot cover it, so the end has no effect there.
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

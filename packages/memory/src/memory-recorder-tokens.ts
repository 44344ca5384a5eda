import { changeKey, comparePositions, type TokenMark } from '@freshet/domain'
import type { MarkedAgain, RecordedBatch } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'
import type { SaveContext } from './memory-recorder-context.ts'
import type { LateMarkRow, TokenRow } from './memory-rows.ts'

/**
 * Marks outstanding tokens and tells how many each change made stale, by change key. The marks stay
 * behind for after the commit.
 */
export function markTokens(
  { database, progress }: SaveContext,
  { decision, appliedAtMs: atMs }: RecordedBatch,
): ReadonlyMap<string, number> {
  const { marks } = decision
  if (marks.length === 0) return new Map()
  const id = database.nextId()
  database.lateMarks.set(String(id), { id, partition: progress.partition, atMs, marks })
  const hit = markAll(database, marks, atMs)
  return countBy(hit, (mark) => changeKey({ ...mark, id: mark.change }))
}

/** Makes the marks of committed batches once more: of one partition, or of all. */
export function markLate(
  database: MemoryDatabase,
  batches: number,
  partition: number | null,
): MarkedAgain {
  const due = database.lateMarks
    .values()
    .filter((row) => partition === null || row.partition === partition)
    .slice(0, batches)
  let marked = 0
  for (const row of due) marked += markRow(database, row)
  return { batches: due.length, marked }
}

function markRow(database: MemoryDatabase, row: LateMarkRow): number {
  const { id, partition, marks, atMs } = row
  database.lateMarks.delete(String(id))
  const hit = markAll(database, marks, atMs)
  const counts = countBy(hit, ({ tenant, source, change }) =>
    JSON.stringify([tenant, source, change, partition]),
  )
  for (const [key, count] of counts) {
    const logged = database.changeLog.get(key)
    if (logged === undefined) continue
    database.changeLog.set(key, { ...logged, tokensMarked: logged.tokensMarked + count })
  }
  return hit.length
}

/** The mark that made each token stale. */
function markAll(
  database: MemoryDatabase,
  marks: readonly TokenMark[],
  atMs: number,
): readonly TokenMark[] {
  return database.tokens.values().flatMap((token) => {
    const mark = token.stale ? undefined : marks.find((each) => hits(each, token))
    if (mark === undefined) return []
    const { reason, source, change } = mark
    database.tokens.set(token.jti, { ...token, stale: { atMs, reason, source, change } })
    return [mark]
  })
}

function countBy(
  marks: readonly TokenMark[],
  keyOf: (mark: TokenMark) => string,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const mark of marks) counts.set(keyOf(mark), (counts.get(keyOf(mark)) ?? 0) + 1)
  return counts
}

/** A token belongs to its subject and to its actors, each with a position of its own. */
function hits(mark: TokenMark, token: TokenRow): boolean {
  if (mark.claim !== null && !token.claims.includes(mark.claim)) return false
  const { e, s, c } = token.label
  const own = token.subject === mark.subject ? [s] : []
  const acting = token.actors.flatMap((actor, index) =>
    actor === mark.subject ? [token.actorPositions[index] ?? 0n] : [],
  )
  return [...own, ...acting].some((at) => {
    const offset = mark.claim === null ? c : at
    return comparePositions({ e, offset }, mark.position) < 0
  })
}

import { changeKey, comparePositions, type TokenMark } from '@freshet/domain'
import type { MarkedAgain, RecordedBatch } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'
import type { SaveContext } from './memory-recorder-context.ts'
import type { LateMarkRow, TokenRow } from './memory-ledger-rows.ts'

/** A token with the mark that makes it stale. */
export interface HeldToken {
  readonly jti: string
  readonly mark: TokenMark
}

/** The tokens that a batch marks, as its statement finds them: those that are committed then. */
export function holdersOf(
  { database }: SaveContext,
  { decision }: RecordedBatch,
): readonly HeldToken[] {
  return holders(database, decision.marks)
}

/**
 * Marks the tokens that were found and tells how many each change made stale, by change key. The
 * marks stay behind for after the commit.
 */
export function markTokens(
  { database, progress }: SaveContext,
  { decision, appliedAtMs: atMs }: RecordedBatch,
  held: readonly HeldToken[],
): ReadonlyMap<string, number> {
  const { marks } = decision
  if (marks.length === 0) return new Map()
  const id = database.nextId()
  database.lateMarks.set(String(id), { id, partition: progress.partition, atMs, marks })
  markAll(database, held, atMs)
  return countBy(held, (mark) => changeKey({ ...mark, id: mark.change }))
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
  const hit = holders(database, marks)
  markAll(database, hit, atMs)
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

function holders(database: MemoryDatabase, marks: readonly TokenMark[]): readonly HeldToken[] {
  if (marks.length === 0) return []
  return database.tokens.values().flatMap((token) => {
    const mark = token.stale ? undefined : marks.find((each) => hits(each, token))
    return mark === undefined ? [] : [{ jti: token.jti, mark }]
  })
}

function markAll(database: MemoryDatabase, held: readonly HeldToken[], atMs: number): void {
  for (const { jti, mark } of held) {
    const token = database.tokens.get(jti)
    if (token === undefined || token.stale !== null) continue
    const { reason, source, change } = mark
    database.tokens.set(jti, { ...token, stale: { atMs, reason, source, change } })
  }
}

function countBy(
  held: readonly HeldToken[],
  keyOf: (mark: TokenMark) => string,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { mark } of held) counts.set(keyOf(mark), (counts.get(keyOf(mark)) ?? 0) + 1)
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

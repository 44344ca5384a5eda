import { comparePositions } from '@freshet/protocol'
import type { MarkedStep, MarkLimit, MarkStore } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import type { TokenMarkRow, TokenRow } from '../authority/memory-ledger-rows.ts'
import { translated } from '../translated.ts'

/** Creates the store of waiting marks and of the ledger, in memory. */
export function memoryMarkStore(database: MemoryDatabase): MarkStore {
  return {
    markSome: (limit) =>
      translated(() => database.transaction(() => Promise.resolve(markSome(database, limit)))),
  }
}

/** Marks tokens in one step. Marks with the same target and the same last token share the step. */
function markSome(database: MemoryDatabase, limit: MarkLimit): MarkedStep | undefined {
  const { rows: most, marks: marksMax } = limit
  const first = nextMark(database, limit.after)
  if (first === undefined) return undefined
  limit.onTurn?.(first.tenant)
  const isOfStep = ({ tenant, kind, target, cursor }: TokenMarkRow): boolean =>
    tenant === first.tenant &&
    kind === first.kind &&
    target === first.target &&
    cursor === first.cursor
  const marks = waiting(database).filter(isOfStep).slice(0, marksMax)
  const tokens = database.tokens
    .values()
    .filter((token) => token.jti > first.cursor && isRead(first, token))
    .sort((a, b) => (a.jti < b.jti ? -1 : 1))
    .slice(0, most)
  const hit = tokens.flatMap((token) => markToken(database, token, marks))
  const last = tokens.length < most ? undefined : tokens.at(-1)
  for (const mark of marks) settle(database, mark, last)
  const stale = marks.flatMap((mark) => count(database, mark, hit))
  const made = last === undefined ? marks.length : 0
  return { tenant: first.tenant, made, stale, more: database.tokenMarks.values().length > 0 }
}

function waiting({ tokenMarks }: MemoryDatabase): readonly TokenMarkRow[] {
  return tokenMarks.values().toSorted((a, b) => Number(a.turn - b.turn || a.id - b.id))
}

/** Returns the mark that has waited longest of the next tenant by name. */
function nextMark(database: MemoryDatabase, after: string): TokenMarkRow | undefined {
  const marks = waiting(database)
  const tenants = [...new Set(marks.map(({ tenant }) => tenant))].sort()
  const tenant = tenants.find((each) => each > after) ?? tenants[0]
  return marks.find((mark) => mark.tenant === tenant)
}

function isRead({ kind, target, tenant }: TokenMarkRow, token: TokenRow): boolean {
  if (kind === 'subject') return [token.subject, ...token.actors].includes(target)
  if (kind === 'value') return token.valueScopes.includes(target)
  if (kind === 'session') return token.sid === target
  if (kind === 'token') return token.jti === target
  return token.tenant === tenant
}

function markToken(
  database: MemoryDatabase,
  token: TokenRow,
  marks: readonly TokenMarkRow[],
): readonly bigint[] {
  const mark = token.stale === null ? marks.find((each) => hits(each, token)) : undefined
  if (mark === undefined) return []
  const { id, atMs, reason, source, change } = mark
  database.tokens.set(token.jti, { ...token, stale: { atMs, reason, source, change } })
  return [id]
}

function settle(database: MemoryDatabase, mark: TokenMarkRow, last?: TokenRow): void {
  const key = String(mark.id)
  if (last === undefined) database.tokenMarks.delete(key)
  else database.tokenMarks.set(key, { ...mark, cursor: last.jti, turn: database.nextId() })
}

function count(
  { changeLog }: MemoryDatabase,
  { id, tenant, source, change, partition }: TokenMarkRow,
  hit: readonly bigint[],
): MarkedStep['stale'] {
  const tokens = hit.filter((each) => each === id).length
  const key = JSON.stringify([tenant, source, change, partition])
  const row = changeLog.get(key)
  if (tokens === 0 || row === undefined) return []
  changeLog.set(key, { ...row, tokensMarked: row.tokensMarked + tokens })
  return [{ class: row.class, tokens }]
}

function hits(mark: TokenMarkRow, token: TokenRow): boolean {
  const { kind, tenant, target, claim, e, position } = mark
  if (token.tenant !== tenant) return false
  const isBelow = (offset: bigint): boolean =>
    position === null || comparePositions({ e: token.label.e, offset }, { e, offset: position }) < 0
  switch (kind) {
    case 'subject':
      if (claim === null) return isBelow(token.label.c)
      return token.claims.includes(claim) && positionsOf(token, target).some(isBelow)
    case 'client':
      return token.client === target && isBelow(token.label.c)
    case 'key':
      return token.kid === target
    case 'value':
    case 'tenant':
    case 'issuer':
    case 'session':
    case 'token':
      return isBelow(token.label.c)
  }
}

/**
 * Returns the positions of the token for a target. The subject and each actor have positions of their own.
 */
function positionsOf(token: TokenRow, target: string): readonly bigint[] {
  const acting = token.actors.flatMap((actor, index) =>
    actor === target ? [token.actorPositions[index] ?? 0n] : [],
  )
  return token.subject === target ? [token.label.s, ...acting] : acting
}

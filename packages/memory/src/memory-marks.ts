import { comparePositions } from '@freshet/domain'
import type { ChunkLimit, MarkedChunk, MarkStore } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'
import { translated } from './translated.ts'
import { markLate } from './memory-recorder-tokens.ts'
import type { TokenRow, WideMarkRow } from './memory-ledger-rows.ts'

const REASONS: Readonly<Record<WideMarkRow['kind'], string>> = {
  value: 'value-withdrawn',
  tenant: 'tenant-cut-off',
  client: 'client-cut-off',
  key: 'key-denied',
  issuer: 'issuer-denied',
  session: 'session-denied',
  token: 'token-denied',
}

/** What is marked in the ledger in the background. */
export function memoryMarkStore(database: MemoryDatabase): MarkStore {
  return {
    markAgain: (batches) =>
      translated(() =>
        database.transaction(() => Promise.resolve(markLate(database, batches, null))),
      ),
    markChunk: (limit) =>
      translated(() => database.transaction(() => Promise.resolve(markNext(database, limit)))),
  }
}

function markNext(database: MemoryDatabase, limit: ChunkLimit): MarkedChunk | undefined {
  const [change] = database.wideMarks.values()
  if (change === undefined) return undefined
  const chunk = database.tokens
    .values()
    .filter(({ jti }) => jti > change.cursorJti)
    .sort((a, b) => (a.jti < b.jti ? -1 : 1))
    .slice(0, limit.rows)
  const hit = chunk.filter((token) => token.stale === null && matches(change, token, limit.issuer))
  for (const token of hit) database.tokens.set(token.jti, marked(token, change, limit.nowMs))
  const done = chunk.length < limit.rows
  const cursorJti = chunk.at(-1)?.jti ?? change.cursorJti
  const total = change.marked + hit.length
  if (done) database.wideMarks.delete(String(change.id))
  else database.wideMarks.set(String(change.id), { ...change, cursorJti, marked: total })
  countMarks(database, change, hit.length)
  return { id: change.id, marked: hit.length, done }
}

function marked(token: TokenRow, { kind, source, change }: WideMarkRow, atMs: number): TokenRow {
  return { ...token, stale: { atMs, reason: REASONS[kind], source, change } }
}

function matches(mark: WideMarkRow, token: TokenRow, issuer: string): boolean {
  if (token.tenant !== mark.tenant) return false
  if (mark.position !== null) {
    const { e, c: offset } = token.label
    if (comparePositions({ e, offset }, { e: mark.e, offset: mark.position }) >= 0) return false
  }
  switch (mark.kind) {
    case 'value':
      return token.valueScopes.includes(mark.target)
    case 'tenant':
      return token.tenant === mark.target
    case 'client':
      return token.client === mark.target
    case 'key':
      return token.kid === mark.target
    case 'issuer':
      return mark.target === issuer
    case 'session':
      return token.sid === mark.target
    case 'token':
      return token.jti === mark.target
  }
}

function countMarks(database: MemoryDatabase, mark: WideMarkRow, count: number): void {
  const key = JSON.stringify([mark.tenant, mark.source, mark.change, 0])
  const row = database.changeLog.get(key)
  if (row) database.changeLog.set(key, { ...row, tokensMarked: row.tokensMarked + count })
}

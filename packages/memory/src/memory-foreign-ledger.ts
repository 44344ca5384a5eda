import { denialKey, type ForeignToken } from '@freshet/domain'
import type { ForeignLedger } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'
import type { ForeignTokenRow } from './memory-rows.ts'
import { translated } from './translated.ts'

/** Creates the ledger of foreign tokens in process. */
export function memoryForeignLedger(database: MemoryDatabase): ForeignLedger {
  const alone = <T>(work: () => T): Promise<T> =>
    translated(() => database.transaction(() => Promise.resolve(work())))
  return {
    positions: () =>
      Promise.resolve(
        new Map(
          database.issuanceProgress
            .values()
            .map(({ partition, nextOffset }) => [partition, nextOffset]),
        ),
      ),
    record: (partition, nextOffset, tokens) =>
      alone(() => {
        for (const token of tokens) {
          const key = keyOf(token)
          if (database.foreignTokens.get(key) === undefined)
            database.foreignTokens.set(key, { ...token, stale: null })
        }
        const known = database.issuanceProgress.get(String(partition))?.nextOffset ?? 0n
        const next = nextOffset > known ? nextOffset : known
        database.issuanceProgress.set(String(partition), { partition, nextOffset: next })
      }),
    mark: (cursor, rows, nowMs) =>
      alone(() => {
        const after = cursor === null ? '' : keyOf(cursor)
        const chunk = database.foreignTokens
          .values()
          .filter((token) => keyOf(token) > after)
          .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
          .slice(0, rows)
        const open = chunk.filter(({ stale, expMs }) => stale === null && expMs > nowMs)
        let marked = 0
        for (const token of open) {
          const why = whyStale(database, token)
          if (why === undefined) continue
          database.foreignTokens.set(keyOf(token), { ...token, stale: { ...why, atMs: nowMs } })
          countMark(database, token, why)
          marked += 1
        }
        const last = chunk.at(-1)
        const isEnd = chunk.length < rows || last === undefined
        return { marked, cursor: isEnd ? null : { issuer: last.issuer, jti: last.jti } }
      }),
  }
}

function keyOf({ issuer, jti }: Pick<ForeignToken, 'issuer' | 'jti'>): string {
  return JSON.stringify([issuer, jti])
}

type Why = Omit<NonNullable<ForeignTokenRow['stale']>, 'atMs'>

const REASONS: Readonly<Record<string, string>> = {
  s: 'claim-changed',
  a: 'account',
  t: 'tenant-cut-off',
  c: 'client-cut-off',
}

function whyStale(
  { denials, watermarks }: MemoryDatabase,
  token: ForeignTokenRow,
): Why | undefined {
  const denial = denials
    .values()
    .find(({ tenant, kind, target: id }) =>
      token.denialKeys.includes(denialKey({ tenant, kind, id })),
    )
  if (denial !== undefined) {
    const { kind, source, change } = denial
    return { reason: `${kind}-denied`, source, change }
  }
  for (const key of token.scopeKeys) {
    const row = watermarks.get(key)
    if (row === undefined || token.iatMs > row.timeMs + token.marginMs) continue
    const { source, change } = row.timed ?? row
    return { reason: REASONS[key.charAt(2)] ?? '', source, change }
  }
  return undefined
}

function countMark({ changeLog }: MemoryDatabase, token: ForeignTokenRow, why: Why): void {
  for (const row of changeLog.values()) {
    const { tenant, source, id, partition } = row
    if (id !== why.change || source !== why.source || tenant !== token.subject.tenant) continue
    const key = JSON.stringify([tenant, source, id, partition])
    changeLog.set(key, { ...row, tokensMarked: row.tokensMarked + 1 })
  }
}

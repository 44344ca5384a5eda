import type { ClaimValue } from '@freshet/protocol'
import type { EvidenceStore, HolderCursor, RecordedToken } from '@freshet/insight'
import { decisions, outstanding, tokenFigures } from './memory-figures.ts'
import type { MemoryDatabase } from '../memory-database.ts'

/** Creates the store of the kept data of tokens, in process. */
export function memoryEvidenceStore(database: MemoryDatabase): EvidenceStore {
  return {
    holders: async ({ scopes, atMs, after = { expMs: 0, jti: '' } }, limit) => {
      const found = database.tokens
        .values()
        .filter(({ iatMs, expMs }) => iatMs <= atMs && expMs > atMs)
        .filter(({ valueScopes }) => valueScopes.some((scope) => scopes.includes(scope)))
        .filter((row) => compare(row, after) > 0)
        .toSorted(compare)
        .slice(0, limit)
      const last = found.length < limit ? undefined : found.at(-1)
      return {
        items: found.filter(({ jti }) => database.issuances.get(jti)?.withheld !== true),
        next: last === undefined ? null : { expMs: last.expMs, jti: last.jti },
      }
    },
    issued: async (jti) => issued(database, jti),
    tokens: async (question, limit) => tokenFigures(database, question, limit),
    outstanding: async (question, limit) => outstanding(database, question, limit),
    decisions: async (sinceMs, limit) => decisions(database, sinceMs, limit),
  }
}

function compare(a: HolderCursor, b: HolderCursor): number {
  if (a.expMs !== b.expMs) return a.expMs - b.expMs
  return a.jti === b.jti ? 0 : a.jti < b.jti ? -1 : 1
}

function issued({ issuances, tokens }: MemoryDatabase, jti: string): RecordedToken | undefined {
  const row = issuances.get(jti)
  if (row === undefined) return undefined
  const { tenant, subject, client, audience, kid, pv, registryHash, iatMs, expMs } = row
  const { claims, claimsDigest, through: throughMs, withheld } = row
  const token = tokens.get(jti)
  const values = new Map<string, ClaimValue[]>(token?.claims.map((claim) => [claim, []]))
  for (const key of token?.valueScopes ?? []) {
    const [, , claim, value] = JSON.parse(key) as [string, string, string, ClaimValue]
    values.get(claim)?.push(value)
  }
  const who = { jti, tenant, subject, client, audience, kid, pv, registryHash, iatMs, expMs }
  const what = { claims, claimsDigest, throughMs, withheld }
  return { ...who, ...what, values: token === undefined ? null : values }
}

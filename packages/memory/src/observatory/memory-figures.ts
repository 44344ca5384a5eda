import type { TokenKind } from '@freshet/registry/diff'
import { decodeAuditEntry } from '@freshet/wire'
import type {
  DecisionFigures,
  OutstandingQuestion,
  OutstandingTokens,
  TokenFigures,
  TokenLives,
  TokensQuestion,
} from '@freshet/insight'
import type { MemoryDatabase } from '../memory-database.ts'
import type { TokenRow } from '../authority/memory-ledger-rows.ts'

/** Returns the ledger's figures of outstanding tokens. */
export function tokenFigures(
  { tokens, accounts }: MemoryDatabase,
  question: TokensQuestion,
  limit: number,
): TokenFigures {
  const counted = tokens
    .values()
    .filter(({ expMs }) => expMs > question.atMs)
    .slice(0, limit)
  const leavers = counted.filter(
    ({ subject }) => (accounts.get(subject)?.state.state ?? 'enabled') !== 'enabled',
  )
  return {
    counted: counted.length,
    isComplete: counted.length < limit,
    stale: counted.filter(({ stale }) => stale !== null).length,
    ofLeavers: leavers.length,
    ofLeaversUnmarked: leavers.filter(({ stale }) => stale === null).length,
    lives: livesOf(
      counted.filter(({ stale, pv }) => stale === null && pv >= question.minimumPv),
      question.workloads,
    ),
  }
}

/** Returns the outstanding tokens without a mark, by the properties that a registry distinguishes. */
export function outstanding(
  { tokens }: MemoryDatabase,
  { atMs, minimumPv }: OutstandingQuestion,
  limit: number,
): OutstandingTokens {
  const counted = tokens
    .values()
    .filter(({ expMs }) => expMs > atMs)
    .slice(0, limit)
  const kinds = new Map<string, TokenKind>()
  for (const { tenant, audience, client, claims, stale, pv } of counted) {
    if (stale !== null || pv < minimumPv) continue
    const kind = { tenant, audience, client, claims }
    const key = JSON.stringify(kind)
    kinds.set(key, { ...kind, tokens: (kinds.get(key)?.tokens ?? 0) + 1 })
  }
  return { kinds: [...kinds.values()], isComplete: counted.length < limit }
}

function livesOf(rows: readonly TokenRow[], workloads: readonly string[]): readonly TokenLives[] {
  const kinds = new Map<string, TokenLives>()
  for (const { claims, subject, iatMs, expMs } of rows) {
    const isWorkload = workloads.includes(subject)
    const key = JSON.stringify([claims, isWorkload])
    const { tokens, longestMs } = kinds.get(key) ?? { tokens: 0, longestMs: 0 }
    const longest = Math.max(longestMs, expMs - iatMs)
    kinds.set(key, { claims, isWorkload, tokens: tokens + 1, longestMs: longest })
  }
  return [...kinds.values()]
}

/** Returns the decisions since a time, from the latest ones. */
export function decisions(
  { auditEntries }: MemoryDatabase,
  sinceMs: number,
  limit: number,
): DecisionFigures {
  const latest = auditEntries
    .values()
    .toSorted((a, b) => Number(b.n - a.n))
    .flatMap(({ text }) => decodeAuditEntry(text) ?? [])
    .filter(({ kind }) => kind === 'access-decided')
    .slice(0, limit)
    .filter(({ atMs }) => atMs >= sinceMs)
  const denied = latest.filter(({ detail }) => detail['decision'] === false).length
  return { decided: latest.length, denied }
}

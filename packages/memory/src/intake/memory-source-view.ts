import { EDGE_REPORTED_WITHIN_MS, NO_STATEMENTS, valueScopeKey } from '@freshet/protocol'
import type { Feed, Reach, ReachQuestion, ReachStore, SourceViewStore } from '@freshet/intake'
import { memoryContradictionsOf } from '../recorder/memory-contradictions.ts'
import { missedOf } from '../recorder/memory-missed.ts'
import type { MemoryDatabase } from '../memory-database.ts'
import type { TokenRow } from '../authority/memory-ledger-rows.ts'

/** Creates the store of the recorded state of feeds, in memory. */
export function memorySourceViewStore(database: MemoryDatabase): SourceViewStore {
  return {
    feeds: async (feed) =>
      ofFeed(database.feeds.values(), feed)
        .map(({ partition, feed: of, statements = NO_STATEMENTS }) => {
          return { partition, feed: of, statements }
        })
        .toSorted((a, b) => a.partition - b.partition),
    givenMs: async ({ source }) =>
      Math.max(0, ...database.progress.values().map(({ given }) => given?.get(source) ?? 0)),
    latencies: async (feed, limit) =>
      ofFeed(database.changeLog.values(), feed)
        .filter(({ kind }) => kind !== 'unreadable')
        .toSorted((a, b) => b.appendedAtMs - a.appendedAtMs)
        .slice(0, limit)
        .map(({ appendedAtMs, occurredAtMs }) => appendedAtMs - occurredAtMs),
    missed: async (feed, question) => {
      const found = missedOf(database, feed, question)
      const removals = found.filter(({ isRemoval }) => isRemoval).length
      return { removals, grants: found.filter(({ isGrant }) => isGrant).length }
    },
    missedList: async (feed, question, limit) => missedOf(database, feed, question).slice(0, limit),
    contradictions: async (feed, limit) => memoryContradictionsOf(database, feed, limit),
    omittedAccounts: async ({ tenant, source }) =>
      database.accounts
        .values()
        .filter(({ subject, state }) => subject.tenant === tenant && state.source === source)
        .filter(({ state: { state } }) => state === 'unstated').length,
    refused: async (feed) => {
      const rows = ofFeed(database.feedRefusals.values(), feed)
      const latest = rows.flatMap((row) => row.latest).toSorted((a, b) => b.atMs - a.atMs)
      return { count: rows.reduce((sum, { count }) => sum + count, 0), latest }
    },
  }
}

function ofFeed<Row extends Feed>(rows: readonly Row[], { tenant, source }: Feed): readonly Row[] {
  return rows.filter((row) => row.tenant === tenant && row.source === source)
}

/** Creates the store that counts tokens of the ledger, in memory. `issuer` is that of the ledger's tokens. */
export function memoryReachStore(database: MemoryDatabase, issuer: string): ReachStore {
  return {
    reach: async (question, nowMs) => {
      const tokens = database.tokens
        .values()
        .filter((token) => token.stale === null && token.expMs > nowMs)
        .filter((token) => concerns(question, token, issuer))
      const edges = database.edges
        .values()
        .filter(({ state }) => state !== 'closing')
        .filter(({ reportedAtMs }) => reportedAtMs > nowMs - EDGE_REPORTED_WITHIN_MS)
      return { ...countOf(tokens), edges: edges.length }
    },
  }
}

function countOf(tokens: readonly TokenRow[]): Omit<Reach, 'edges'> {
  const subjects = new Set(tokens.map(({ subject }) => subject)).size
  const clients = new Set(tokens.map(({ client }) => client)).size
  return { tokens: tokens.length, subjects, clients }
}

function concerns(question: ReachQuestion, token: TokenRow, issuer: string): boolean {
  if (question.scope === 'policy') return token.pv < question.minimum
  if (question.tenant !== token.tenant) return false
  switch (question.scope) {
    case 'value': {
      const { tenant, claim, value } = question
      return token.valueScopes.includes(valueScopeKey(tenant, claim, value))
    }
    case 'tenant':
      return question.target === token.tenant
    case 'client':
      return question.target === token.client
    case 'key':
      return question.target === token.kid
    case 'issuer':
      return question.target === issuer
    case 'session':
      return question.target === token.sid
    case 'token':
      return question.target === token.jti
  }
}

import { denialKey, NO_STATEMENTS, type DenialKind } from '@freshet/protocol'
import {
  ManualClock,
  registerPruneContract,
  registerPruneStampsContract,
  type AgedKind,
  type PlantedFeed,
} from '@freshet/testkit'
import type { QuarantinedRecord } from '@freshet/reconciler'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryStampStore } from '../intake/memory-intake.ts'
import { memoryPruneStore } from './memory-prune.ts'
import { memorySourceViewStore } from '../intake/memory-source-view.ts'
import { learnStamp } from '../recorder/memory-recorder-evidence.ts'
import type { IssuanceRow, TokenMarkRow } from '../authority/memory-ledger-rows.ts'
import type {
  ChangeLogRow,
  DenialRow,
  FeedRow,
  ForeignTokenRow,
  WatermarkRow,
} from '../memory-rows.ts'

registerPruneContract('memory', () => {
  const database = new MemoryDatabase()
  const denial =
    (kind: DenialKind, end: { readonly expMs?: number } = {}) =>
    (target: string, recordedAtMs: number): void => {
      const row = { tenant: 'acme', kind, target, recordedAtMs, ...end } as DenialRow
      database.denials.set(denialKey({ tenant: 'acme', kind, id: target }), row)
    }
  const denied = (holds: (row: DenialRow) => boolean): string[] =>
    database.denials
      .values()
      .filter(holds)
      .map(({ target }) => target)
  const feed = ({ tenant, source, throughMs = 10, halted = false, open }: PlantedFeed): void => {
    const statements = open === true ? { ...NO_STATEMENTS, open: { epoch: 1n, n: 1n } } : undefined
    const state = { complete: 1n, beyond: [], throughMs, halted }
    const row: FeedRow = { tenant, source, partition: 1, feed: state }
    const key = JSON.stringify([tenant, source, 1])
    database.feeds.set(key, statements ? { ...row, statements } : row)
  }
  const adding: Record<AgedKind, (name: string, atMs: number) => void> = {
    marks: (change, atMs) =>
      database.tokenMarks.set(String(atMs), { id: BigInt(atMs), change, atMs } as TokenMarkRow),
    watermarks: (scopeKey, raisedAtMs) =>
      database.watermarks.set(scopeKey, { scopeKey, raisedAtMs } as WatermarkRow),
    changes: (id, appliedAtMs) => {
      const key = { tenant: 'acme', source: 'hr', id, partition: 1 }
      const row = { ...key, appliedAtMs } as ChangeLogRow
      database.changeLog.set(JSON.stringify(['acme', 'hr', id, 1]), row)
    },
    issuances: (jti, expMs) => database.issuances.set(jti, { jti, expMs } as IssuanceRow),
    foreign: (jti, expMs) =>
      database.foreignTokens.set(JSON.stringify(['sts', jti]), {
        issuer: 'sts',
        jti,
        expMs,
      } as ForeignTokenRow),
    'ended-tokens': denial('token', { expMs: 9_000 }),
    tokens: denial('token'),
    sessions: denial('session'),
    keys: denial('key'),
    feeds: (tenant, throughMs) => feed({ tenant, source: 'hr', throughMs }),
    parked: (id, atMs) =>
      database.quarantine.set(id, { id, last: { atMs }, decided: null } as QuarantinedRecord),
  }
  const names: Record<AgedKind, () => string[]> = {
    marks: () => database.tokenMarks.values().map(({ change }) => change),
    watermarks: () => database.watermarks.values().map(({ scopeKey }) => scopeKey),
    changes: () => database.changeLog.values().map(({ id }) => id),
    issuances: () => database.issuances.values().map(({ jti }) => jti),
    foreign: () => database.foreignTokens.values().map(({ jti }) => jti),
    feeds: () => database.feeds.values().map(({ tenant }) => tenant),
    parked: () => database.quarantine.values().map(({ id }) => id),
    'ended-tokens': () => denied(({ expMs }) => expMs !== undefined),
    tokens: () => denied(({ kind, expMs }) => kind === 'token' && expMs === undefined),
    sessions: () => denied(({ kind }) => kind === 'session'),
    keys: () => denied(({ kind }) => kind === 'key'),
  }
  return Promise.resolve({
    store: memoryPruneStore(database),
    add: async (kind, name, atMs) => adding[kind](name, atMs),
    addFeed: async (planted) => feed(planted),
    left: async (kind) => names[kind]().sort(),
  })
})

registerPruneStampsContract('memory', async () => {
  const database = new MemoryDatabase()
  const clock = new ManualClock()
  return {
    store: memoryStampStore(database, clock),
    view: memorySourceViewStore(database),
    prune: memoryPruneStore(database),
    clock,
    nowMs: () => clock.nowMs(),
    backup: async () => database.backup(),
    learn: async (stamp) => learnStamp(database, { ...stamp, createdAtMs: clock.nowMs() }),
    age: (ms) => clock.advance(ms),
  }
})

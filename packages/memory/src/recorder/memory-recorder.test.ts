import { publishedPolicyOf, scopeKey, subjectKey } from '@freshet/protocol'
import { decodeAuditEntry } from '@freshet/wire'
import {
  acmeRegistry,
  ManualClock,
  registerRecorderContract,
  TOKEN_ISSUER,
  type PlantedToken,
} from '@freshet/testkit'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryIncarnationStore } from '../incarnation/memory-incarnation.ts'
import { memoryMarkStore } from './memory-marks.ts'
import { memoryPublisherStore } from '../publisher/memory-publisher.ts'
import { memoryRecorderStore } from './memory-recorder.ts'
import { memorySourceStateStore } from '../intake/memory-source-state.ts'
import { memoryReachStore, memorySourceViewStore } from '../intake/memory-source-view.ts'
import type { TokenRow } from '../authority/memory-ledger-rows.ts'

const policy = publishedPolicyOf(acmeRegistry())

registerRecorderContract('memory', () => {
  const database = new MemoryDatabase()
  const sorted = <Row>(rows: readonly Row[], text: (row: Row) => string): readonly string[] =>
    rows.map((row) => text(row)).sort()
  return Promise.resolve({
    store: memoryRecorderStore(database),
    incarnations: memoryIncarnationStore(database),
    marks: memoryMarkStore(database),
    view: memorySourceViewStore(database),
    states: memorySourceStateStore(database),
    reach: memoryReachStore(database, TOKEN_ISSUER),
    publisher: memoryPublisherStore(database, () => policy, new ManualClock(), 60_000),
    digest: () => Promise.resolve(digestOf(database)),
    changes: () =>
      Promise.resolve(
        sorted(
          database.changeLog.values().filter(({ source }) => source !== 'freshet'),
          (row) => `${row.partition} ${row.id} ${row.outcome} ${row.tokensMarked}`,
        ),
      ),
    outbox: () =>
      Promise.resolve(
        database.outbox
          .values()
          .map(({ topic, partition, change }) => `${topic} ${partition} ${change?.id ?? '-'}`),
      ),
    audited: async () =>
      database.auditPending
        .values()
        .map(({ text }) => decodeAuditEntry(text))
        .map((entry) => `${entry?.kind} ${entry?.ref} ${entry?.by}`),
    denials: async () =>
      sorted(database.denials.values(), ({ kind, target, recordedAtMs, expMs = 'open', change }) =>
        [kind, target, recordedAtMs, expMs, change].join(' '),
      ),
    stamps: () =>
      Promise.resolve(
        sorted(
          database.stamps.values(),
          (row) => `${row.source} ${row.id} ${row.partition} ${row.number} ${row.acknowledged}`,
        ),
      ),
    setProgress(to) {
      for (const row of database.progress.values()) {
        database.progress.set(String(row.partition), { ...row, ...to })
      }
      return Promise.resolve()
    },
    marksLeft: () => Promise.resolve(database.tokenMarks.values().length),
    plantMark(tenant) {
      const id = database.nextId()
      const cause = { tenant, source: 'hr', change: 'c1', reason: 'session-denied' } as const
      const mark = { kind: 'session', target: 'none', claim: null, e: 1n, position: null } as const
      const start = { id, partition: 0, atMs: 5, cursor: '', turn: id }
      database.tokenMarks.set(String(id), { ...cause, ...mark, ...start })
      return Promise.resolve()
    },
    plantEdge(edge, state, reportedAtMs) {
      database.edges.set(edge, { state, reportedAtMs })
      return Promise.resolve()
    },
    plantToken(token) {
      database.tokens.set(token.jti, tokenRow(token))
      return Promise.resolve()
    },
    stale: () =>
      Promise.resolve(
        sorted(
          database.tokens.values().filter(({ stale }) => stale !== null),
          ({ jti, stale }) => `${jti} ${stale?.reason} ${stale?.change}`,
        ),
      ),
    staleSince: () =>
      Promise.resolve(
        sorted(
          database.tokens.values().filter(({ stale }) => stale !== null),
          ({ jti, stale }) => `${jti} ${stale?.atMs}`,
        ),
      ),
  })
})

function tokenRow(token: PlantedToken): TokenRow {
  const { jti, subject, claims, e, s, c } = token
  return {
    jti,
    subject,
    claims,
    label: { e, s, c },
    tenant: 'acme',
    expMs: 1,
    iatMs: 0,
    over: [],
    omitted: [],
    actors: token.actors ?? [],
    actorPositions: token.actorPositions ?? [],
    client: token.client ?? 'app',
    audience: 'payments',
    sid: token.sid ?? null,
    kid: token.kid ?? 'k1',
    pv: token.pv ?? 1,
    valueScopes: token.valueScopes ?? [],
    stale: null,
  }
}

function digestOf(database: MemoryDatabase): readonly string[] {
  const text = (...parts: readonly unknown[]): string =>
    parts
      .map((part) =>
        typeof part === 'string' || typeof part === 'bigint'
          ? String(part)
          : JSON.stringify(part, (_key, value: unknown) =>
              typeof value === 'bigint'
                ? value.toString()
                : value instanceof Map
                  ? [...value].sort(([a], [b]) => (a < b ? -1 : 1))
                  : value,
            ),
      )
      .join(' ')
  return [
    ...database.claimStates
      .values()
      .map(({ subject, claim, source, state }) =>
        text('claim', scopeKey({ kind: 'subject', subject, claim }), source, state),
      ),
    ...database.accounts.values().map(({ subject, state }) => text('account', subject, state)),
    ...database.withdrawnValues.values().map((row) => text('withdrawn', row)),
    ...database.doubts
      .values()
      .map((row) =>
        text(
          'doubt',
          subjectKey(row.subject),
          row.claim,
          row.e,
          row.partition,
          row.offset,
          row.raised && !row.settled ? 'raised' : 'settled',
        ),
      ),
    ...database.watermarks
      .values()
      .map(({ scopeKey: key, e, position, timeMs }) => text('watermark', key, e, position, timeMs)),
    ...database.denials.values().map(({ kind, target }) => text('denial', kind, target)),
    ...database.feeds.values().map((row) => text('feed', row)),
    ...database.progress.values().map((row) => text('progress', row)),
  ].sort()
}

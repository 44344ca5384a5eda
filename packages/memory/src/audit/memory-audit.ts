import type {
  AuditReader,
  ListedEntry,
  SealStep,
  SealStore,
  SealTransaction,
  StoredStatus,
} from '@freshet/audit'
import {
  AUDIT_STREAMS,
  AUDIT_TOPIC,
  auditStreamOf,
  chainStart,
  decodeAuditEntry,
  encodeAuditEntry,
  issuanceDigest,
  type AuditEntry,
  type AuditLog,
  type AuditStream,
} from '@freshet/wire'
import type { MemoryDatabase } from '../memory-database.ts'
import type { AuditStreamRow } from './memory-audit-rows.ts'
import type { IssuanceRow } from '../authority/memory-ledger-rows.ts'
import { translated } from '../translated.ts'

/** Adds entries to the audit, in the transaction that is open. */
export function appendMemoryAudit(database: MemoryDatabase, entries: readonly AuditEntry[]): void {
  for (const entry of entries) {
    const id = database.nextId()
    const row = { stream: auditStreamOf(entry.kind), id, text: encodeAuditEntry(entry) }
    database.auditPending.set(String(id), row)
  }
}

/** Creates the audit log in process, for operations without a transaction of their own. */
export function memoryAuditLog(database: MemoryDatabase): AuditLog {
  return {
    append: (entries) =>
      translated(() => database.transaction(async () => appendMemoryAudit(database, entries))),
  }
}

/** Creates the store of the audit chains in process. Sealers run one after another. */
export function memorySealStore(database: MemoryDatabase): SealStore {
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    translated(() => database.transaction(work))
  return {
    waits: (stream, after) =>
      alone(async () => {
        const { n, head } = streamRow(database, stream)
        const pending = database.auditPending.values()
        return n > (head?.n ?? 0n) || pending.some((row) => row.stream === stream && row.id > after)
      }),
    inStream: (stream, work) => alone(() => work(transactionOf(database, stream))),
    prune: (stream, beforeMs, limit) =>
      alone(async () => {
        cut(database, stream, beforeMs)
        const begin = streamRow(database, stream).pruned?.n ?? 0n
        const old = entriesOf(database, stream).filter(({ n }) => n <= begin)
        for (const { n } of old.slice(0, limit)) database.auditEntries.delete(entryKey(stream, n))
        return Math.min(old.length, limit)
      }),
  }
}

function digestOf(row: IssuanceRow): string {
  const through = new Map(Object.entries(row.through))
  return issuanceDigest({ ...row, ...row.label, through }, row.salt)
}

function transactionOf(database: MemoryDatabase, stream: AuditStream): SealTransaction {
  return {
    status: streamRow(database, stream),
    pending: async (limit, after) =>
      database.auditPending
        .values()
        .filter((row) => row.stream === stream && row.id > after)
        .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit),
    seal: async (step) => seal(database, stream, step),
  }
}

function seal(
  database: MemoryDatabase,
  stream: AuditStream,
  { entries, to, signed }: SealStep,
): void {
  for (const { n, hash, id, text, entry } of entries) {
    database.auditPending.delete(String(id))
    const { kind = '', tenant = '', ref = '', atMs = 0 } = entry ?? {}
    const found = { stream, n, hash, text, kind, tenant, ref, atMs }
    database.auditEntries.set(entryKey(stream, n), found)
  }
  const before = streamRow(database, stream)
  const keptHeadAtMs = signed?.isKept ? signed.head.atMs : before.keptHeadAtMs
  const head = signed?.head ?? before.head
  database.auditStreams.set(stream, { ...before, ...to, head, keptHeadAtMs })
  if (!signed) return
  const { n, hash, atMs } = signed.head
  const id = database.nextId()
  const row = { id, topic: AUDIT_TOPIC, partition: 0, ...signed.record, change: null }
  database.outbox.set(String(id), row)
  const kept = { stream, n, hash, atMs, record: signed.record }
  if (signed.isKept) database.auditHeads.set(entryKey(stream, n), kept)
}

function cut(database: MemoryDatabase, stream: AuditStream, beforeMs: number): void {
  const row = streamRow(database, stream)
  const heads = database.auditHeads.values().filter((head) => head.stream === stream)
  const [last] = heads
    .filter(({ atMs }) => atMs < beforeMs)
    .toSorted((a, b) => (a.n > b.n ? -1 : 1))
  if (last === undefined || last.n <= (row.pruned?.n ?? 0n)) return
  const { n, hash, record } = last
  database.auditStreams.set(stream, { ...row, pruned: { n, hash, record } })
  for (const head of heads) if (head.n < n) database.auditHeads.delete(entryKey(stream, head.n))
}

function streamRow({ auditStreams }: MemoryDatabase, stream: AuditStream): AuditStreamRow {
  const empty = { head: null, keptHeadAtMs: null, pruned: null }
  return auditStreams.get(stream) ?? { ...chainStart(stream), ...empty }
}

function entriesOf({ auditEntries }: MemoryDatabase, stream: AuditStream): readonly ListedEntry[] {
  return auditEntries
    .values()
    .filter((row) => row.stream === stream)
    .toSorted((a, b) => (a.n < b.n ? -1 : 1))
}

function entryKey(stream: AuditStream, n: bigint): string {
  return `${stream} ${n}`
}

/** Creates the reader of the audit chains in process. */
export function memoryAuditReader(database: MemoryDatabase): AuditReader {
  return {
    status: async (stream) => statusOf(database, stream),
    entries: async (stream, after, limit) =>
      entriesOf(database, stream)
        .filter(({ n }) => n > after)
        .slice(0, limit),
    issuances: async (jtis) =>
      new Map(
        jtis.flatMap((jti): [string, string][] => {
          const row = database.issuances.get(jti)
          return row ? [[jti, digestOf(row)]] : []
        }),
      ),
    latest: async (
      { stream, sinceMs = -Infinity, untilMs = Infinity, without = [], ...by },
      limit,
    ) => {
      const wanted = Object.entries(by)
      return AUDIT_STREAMS.filter((each) => stream === undefined || each === stream)
        .flatMap((each) => entriesOf(database, each).toReversed())
        .filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs)
        .filter(({ kind }) => !without.some((each) => each === kind))
        .filter((row) => wanted.every(([name, value]) => row[name as keyof typeof by] === value))
        .toSorted((a, b) => b.atMs - a.atMs)
        .slice(0, limit)
    },
  }
}

function statusOf(database: MemoryDatabase, stream: AuditStream): StoredStatus {
  const { n, hash, pruned } = streamRow(database, stream)
  const waiting = database.auditPending.values().filter((row) => row.stream === stream)
  const [oldest] = waiting.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const oldestAtMs = oldest === undefined ? null : (decodeAuditEntry(oldest.text)?.atMs ?? 0)
  return { n, hash, pruned, pending: { count: waiting.length, oldestAtMs } }
}

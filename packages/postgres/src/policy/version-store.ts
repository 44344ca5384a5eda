import { CONTROL_PARTITION, invariant } from '@freshet/protocol'
import {
  auditStreamOf,
  encodeAuditEntry,
  orderedEntry,
  publishedEntry,
  type AuditEntry,
} from '@freshet/wire'
import type {
  ActivationOrder,
  ActiveVersion,
  PublishedVersion,
  VersionRecord,
  VersionStatus,
  VersionStore,
} from '@freshet/registry'
import type { Database } from '../connection/pool.ts'
import { inTransaction } from '../connection/transaction.ts'
import {
  insertOrder,
  insertVersion,
  lockOrders,
  selectLatest,
  selectLatestOrder,
  selectOrder,
  selectPolicyStatus,
  selectVersion,
  type LatestRow,
  type OrderRow,
  type PolicyStatusRow,
  type VersionRow,
} from './statements.ts'

/** The policy versions in Postgres. Rows never change: the database itself refuses it. */
export function postgresVersionStore(db: Database): VersionStore {
  const find = async (pv: number): Promise<PublishedVersion | undefined> =>
    (await db.query<VersionRow>(selectVersion, [pv])).rows.map(toVersion)[0]
  const ordered = async (pv: number): Promise<ActivationOrder | undefined> =>
    (await db.query<OrderRow>(selectOrder, [pv])).rows.map(toOrder)[0]
  return {
    async publish({ pv, hash, document, by, atMs }) {
      const audit = audited(publishedEntry({ pv, hash, by, atMs }))
      await db.query(insertVersion, [pv, hash, document, by, atMs, ...audit])
      return stored(await find(pv))
    },
    find,
    async order({ pv, minimum, by, reason, atMs }, after) {
      await inTransaction(db, {}, async (tx) => {
        await tx.query(lockOrders)
        const audit = audited(orderedEntry({ pv, minimum, by, reason, atMs }))
        await tx.query(insertOrder, [pv, minimum, by, reason, atMs, after, ...audit])
      })
      return ordered(pv)
    },
    ordered,
    async latestOrder(but) {
      return (await db.query<{ pv: number }>(selectLatestOrder, [but])).rows[0]?.pv ?? 0
    },
    async latest(limit) {
      const { rows } = await db.query<LatestRow>(selectLatest, [limit])
      return rows.map(toRecord)
    },
    async standing(limit) {
      const { rows } = await db.query<PolicyStatusRow>(selectPolicyStatus, [limit])
      return standingOf(rows)
    },
  }
}

/** Read after the write by a statement of its own, which sees what any other had committed before. */
function stored<T>(row: T | undefined): T {
  invariant(row, 'A row that was written and never goes is not there.')
  return row
}

function toVersion(row: VersionRow): PublishedVersion {
  const { pv, hash, document, published_by: by, published_at_ms: atMs } = row
  return { pv, hash, document, by, atMs: Number(atMs) }
}

function toOrder(row: OrderRow): ActivationOrder {
  const { pv, minimum, ordered_by: by, reason, ordered_at_ms: atMs } = row
  return { pv, minimum, by, reason, atMs: Number(atMs) }
}

function toRecord(row: LatestRow): VersionRecord {
  const { pv, hash, published_by: by, published_at_ms: atMs } = row
  const published = { by, atMs: Number(atMs) }
  if (row.ordered_by === null) return { pv, hash, published, ordered: null }
  const { pv: _, ...ordered } = toOrder(row)
  return { pv, hash, published, ordered }
}

function standingOf(rows: readonly PolicyStatusRow[]): VersionStatus {
  const told = ({ pv, hash }: PolicyStatusRow): ActiveVersion => ({ pv, hash })
  const partitions = rows.filter(({ what }) => what === 'partition')
  const control = partitions.find(({ partition }) => partition === CONTROL_PARTITION)
  const distinct = new Map(partitions.map((row) => [`${row.pv} ${row.hash}`, told(row)]))
  const published = rows.filter(({ what }) => what === 'published').map(told)
  return {
    control: control === undefined ? null : told(control),
    active: [...distinct.values()],
    newest: published.toSorted((a, b) => b.pv - a.pv),
  }
}

function audited(entry: AuditEntry): readonly [stream: string, text: string] {
  return [auditStreamOf(entry.kind), encodeAuditEntry(entry)]
}

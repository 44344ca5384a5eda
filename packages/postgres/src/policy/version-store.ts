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
import type { Statement } from '../connection/query.ts'

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
    async status(limit) {
      const { rows } = await db.query<PolicyStatusRow>(selectPolicyStatus, [limit])
      return statusOf(rows)
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

function statusOf(rows: readonly PolicyStatusRow[]): VersionStatus {
  const activeVersion = ({ pv, hash }: PolicyStatusRow): ActiveVersion => ({ pv, hash })
  const partitions = rows.filter(({ what }) => what === 'partition')
  const control = partitions.find(({ partition }) => partition === CONTROL_PARTITION)
  const distinct = new Map(partitions.map((row) => [`${row.pv} ${row.hash}`, activeVersion(row)]))
  const published = rows.filter(({ what }) => what === 'published').map(activeVersion)
  return {
    control: control === undefined ? null : activeVersion(control),
    active: [...distinct.values()],
    newest: published.toSorted((a, b) => b.pv - a.pv),
  }
}

function audited(entry: AuditEntry): readonly [stream: string, text: string] {
  return [auditStreamOf(entry.kind), encodeAuditEntry(entry)]
}

/**
 * A version $1 with hash $2 and document $3, by $4 at $5, and entry $7 in stream $6 of the audit;
 * nothing where its number is known.
 */
const insertVersion: Statement = {
  name: 'policy-insert-version',
  text: `
    WITH kept AS (
      INSERT INTO policy_version (pv, hash, document, published_by, published_at_ms)
      VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT DO NOTHING RETURNING pv)
    INSERT INTO audit_pending (stream, entry) SELECT $6, $7 FROM kept`,
}

/** Version $1. */
const selectVersion: Statement = {
  name: 'policy-select-version',
  text: `
    SELECT pv, hash, document, published_by, published_at_ms FROM policy_version WHERE pv = $1`,
}

/** The latest $1 versions, with the order of each. */
const selectLatest: Statement = {
  name: 'policy-select-latest',
  text: `
    SELECT v.pv, v.hash, v.published_by, v.published_at_ms,
      o.minimum, o.ordered_by, o.reason, o.ordered_at_ms
    FROM policy_version v LEFT JOIN activation_order o USING (pv)
    ORDER BY v.pv DESC LIMIT $1`,
}

/** Orders take turns, from here to the end of the transaction. */
const lockOrders: Statement = {
  name: 'policy-lock-orders',
  text: 'LOCK TABLE activation_order IN SHARE ROW EXCLUSIVE MODE',
}

/**
 * An order of version $1 with minimum $2, by $3 for reason $4 at $5, and entry $8 in stream $7 of the
 * audit; nothing where it has one, or where the latest of the others is not $6.
 */
const insertOrder: Statement = {
  name: 'policy-insert-order',
  text: `
    WITH noted AS (
      INSERT INTO activation_order (pv, minimum, ordered_by, reason, ordered_at_ms)
      SELECT $1::int, $2::int, $3, $4, $5::bigint
      WHERE coalesce((SELECT max(pv) FROM activation_order WHERE pv <> $1), 0) = $6
      ON CONFLICT DO NOTHING RETURNING pv)
    INSERT INTO audit_pending (stream, entry) SELECT $7, $8 FROM noted`,
}

/** The latest ordered version but $1. */
const selectLatestOrder: Statement = {
  name: 'policy-select-latest-order',
  text: `SELECT coalesce(max(pv), 0) AS pv FROM activation_order WHERE pv <> $1`,
}

/** The order of version $1. */
const selectOrder: Statement = {
  name: 'policy-select-order',
  text: `
    SELECT pv, minimum, ordered_by, reason, ordered_at_ms FROM activation_order WHERE pv = $1`,
}

/** The versions of all partitions, and the latest $1 that were published: one statement, one snapshot. */
const selectPolicyStatus: Statement = {
  name: 'policy-select-standing',
  text: `
    (SELECT 'partition' AS what, partition, active_pv AS pv, active_hash AS hash
       FROM progress WHERE active_pv > 0)
    UNION ALL
    (SELECT 'published', NULL, pv, hash FROM policy_version ORDER BY pv DESC LIMIT $1)`,
}

/** A row of {@link selectVersion}. */
interface VersionRow {
  pv: number
  hash: string
  document: string
  published_by: string
  published_at_ms: bigint
}

/** A row of {@link selectOrder}. */
interface OrderRow {
  pv: number
  minimum: number
  ordered_by: string
  reason: string
  ordered_at_ms: bigint
}

/** A row of {@link selectLatest}: nothing of an order where there is none. */
type LatestRow = Omit<VersionRow, 'document'> & (OrderRow | { ordered_by: null })

/** A row of {@link selectPolicyStatus}. */
interface PolicyStatusRow {
  what: 'partition' | 'published'
  partition: number | null
  pv: number
  hash: string
}

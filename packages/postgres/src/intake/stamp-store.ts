import { EVERY_TENANT, OWN_SOURCE } from '@freshet/protocol'
import type {
  Feed,
  FeedPartition,
  FeedStatus,
  FeedTransaction,
  PendingRecord,
  StampStore,
  Wanted,
} from '@freshet/intake'
import { columnsOf, int8s, texts } from '../rows/columns.ts'
import type { Database } from '../connection/pool.ts'
import type { Queryable } from '../connection/query.ts'
import { unpackRecord } from '../rows/stored-record.ts'
import { inTransaction } from '../connection/transaction.ts'
import { acknowledgeStamps } from './acknowledge-stamps.ts'
import { feedTransaction, findStamps } from './feed-transaction.ts'
import { lockFeed } from './lock-feed.ts'
import { selectFeedStatus } from './source-view/select-feed-status.ts'
import { selectHoles } from './source-view/select-holes.ts'
import { selectLeftovers } from './select-leftovers.ts'
import { selectPolicyVersion } from './source-view/select-policy-version.ts'
import { selectUnacknowledged } from './select-unacknowledged.ts'
import { tallyFree } from './tally-free.ts'

/**
 * The gateways' stamps in Postgres. Waiting for a feed's lock ends with `database.timeout`. The sweep of rows
 * that others left behind reads all tenants, by `everyone`, and so does the tally of the feeds of many tenants.
 */
export function postgresStampStore(db: Database, everyone: Database = db): StampStore {
  return {
    inFeed: (feed, work) => inFeed(db, feed, work),
    tallyFree: (source, feeds, partitions) => tallyFree(everyone, { source, feeds, partitions }),
    find: (feed, ids) => findStamps(db.ofTenant(feed.tenant), feed, ids, []),
    unacknowledged: (at, limit, wanted) =>
      unacknowledged(db.ofTenant(at.tenant), at, { limit, wanted }),
    acknowledge: async ({ tenant, source, partition }, landed) => {
      const columns = columnsOf(landed, [
        texts(({ id }) => id),
        int8s(({ number }) => number),
        int8s(({ offset }) => offset),
      ])
      const values = [tenant, source, partition, ...columns]
      await db.ofTenant(tenant).query(acknowledgeStamps, values)
    },
    leftovers: async ({ olderThanMs, youngerThanMs = null }, limit) => {
      const values = [olderThanMs, youngerThanMs, limit]
      const { rows } = await everyone.query<PlaceRow>(selectLeftovers, values)
      return rows
    },
    newestPolicyVersion: async () => {
      const values = [EVERY_TENANT, OWN_SOURCE]
      const own = db.ofTenant(EVERY_TENANT)
      const { rows } = await own.query<{ version: bigint }>(selectPolicyVersion, values)
      return Number(rows[0]?.version ?? 0n)
    },
    status: (feed, holesMax) => status(db.ofTenant(feed.tenant), feed, holesMax),
  }
}

interface PlaceRow {
  readonly tenant: string
  readonly source: string
  readonly partition: number
}

function inFeed<T>(
  db: Database,
  feed: Feed,
  work: (tx: FeedTransaction) => Promise<T>,
): Promise<T> {
  return inTransaction(db, { tenant: feed.tenant }, async (tx) => {
    await tx.query(lockFeed, [feed.tenant, feed.source])
    return work(feedTransaction(tx, feed))
  })
}

interface RecordRow {
  readonly id: string
  readonly number: bigint
  readonly record: Buffer
}

async function unacknowledged(
  db: Queryable,
  { tenant, source, partition }: FeedPartition,
  { limit, wanted }: { readonly limit: number; readonly wanted: Wanted },
): Promise<readonly PendingRecord[]> {
  const values = [tenant, source, partition, limit, wanted === 'all' ? null : wanted]
  const { rows } = await db.query<RecordRow>(selectUnacknowledged, values)
  return rows.map(({ record, ...row }) => ({ ...row, record: unpackRecord(record) }))
}

interface StatusRow {
  readonly id: string | null
  readonly created_at: Date | null
  readonly next: bigint
  readonly above: bigint
  readonly unacknowledged: bigint
}

interface HoleRow extends Record<string, unknown> {
  readonly first: bigint
  readonly last: bigint
}

async function status(
  db: Queryable,
  { tenant, source }: Feed,
  holesMax: number,
): Promise<FeedStatus> {
  const { rows } = await db.query<StatusRow>(selectFeedStatus, [tenant, source])
  const holes = await db.query<HoleRow>(selectHoles, [tenant, source, holesMax])
  const [row] = rows
  const { id = null, created_at: at = null } = row ?? {}
  const lastAccepted = id === null || at === null ? null : { id, acceptedAtMs: at.getTime() }
  return {
    lastAccepted,
    next: row?.next ?? 1n,
    above: row?.above ?? 1n,
    unacknowledged: Number(row?.unacknowledged ?? 0n),
    holes: holes.rows.map(({ first: from, last: to }) => ({ from, to })),
  }
}

import { EVERY_TENANT, invariant, OWN_SOURCE } from '@freshet/protocol'
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
import type { Queryable, Statement } from '../connection/query.ts'
import { unpackRecord } from '../rows/stored-record.ts'
import { inTransaction } from '../connection/transaction.ts'
import { feedTransaction, findStamps, lockFeed } from './feed-transaction.ts'
import { tallyFree } from './tally-feeds.ts'

/** The newest policy version that was announced by feed ($1, $2), recorded or is active. */
const selectPolicyVersion: Statement = {
  name: 'intake-select-policy-version',
  text: `
    SELECT greatest(
      (SELECT max(sequence) FROM stamp WHERE tenant = $1 AND source = $2),
      (SELECT max(pv) FROM registry_version),
      (SELECT max(active_pv) FROM progress),
      0
    ) AS version`,
}

/**
 * The first $3 ranges of sequences of a feed ($1, $2) that have no stamp while a higher one has.
 * Below the remembered sequence every one has a stamp.
 */
const selectGaps: Statement = {
  name: 'intake-select-holes',
  text: `
    SELECT before + 1 AS first, sequence - 1 AS last
    FROM (
      SELECT sequence, lag(sequence, 1, f.next_sequence - 1) OVER (ORDER BY sequence) AS before
      FROM stamp_feed f
      JOIN stamp s ON s.tenant = f.tenant AND s.source = f.source AND s.sequence >= f.next_sequence
      WHERE f.tenant = $1 AND f.source = $2
    ) AS step
    WHERE sequence > before + 1 ORDER BY sequence LIMIT $3`,
}

/** Selects the newest event, the first free sequence and the number of waiting rows of a feed ($1, $2). */
const selectFeedStatus: Statement = {
  name: 'intake-select-feed-status',
  text: `
    WITH first AS (
      SELECT coalesce(
        (SELECT next_sequence FROM stamp_feed WHERE tenant = $1 AND source = $2), 1) AS sequence
    ), newest AS (
      SELECT id, created_at FROM stamp WHERE tenant = $1 AND source = $2 AND created_at > '-infinity'
      ORDER BY created_at DESC LIMIT 1
    )
    SELECT newest.id, newest.created_at,
      CASE WHEN NOT EXISTS (
        SELECT FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.sequence = first.sequence
      ) THEN first.sequence
      ELSE (
        SELECT s.sequence + 1 FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.sequence >= first.sequence
          AND NOT EXISTS (
            SELECT FROM stamp n
            WHERE n.tenant = $1 AND n.source = $2 AND n.sequence = s.sequence + 1)
        ORDER BY s.sequence LIMIT 1
      ) END AS next,
      greatest(first.sequence, (
        SELECT max(s.sequence) + 1 FROM stamp s WHERE s.tenant = $1 AND s.source = $2)) AS above,
      (SELECT coalesce(sum(waiting.records), 0)::bigint
        FROM stamp_free f CROSS JOIN LATERAL (
          SELECT count(*) AS records FROM waiting_record w
          WHERE w.tenant = $1 AND w.source = $2 AND w.partition = f.partition
            AND w.number >= f.waits_from) AS waiting
        WHERE f.tenant = $1 AND f.source = $2) AS unacknowledged
    FROM first LEFT JOIN newest ON true`,
}

/**
 * At most $4 unacknowledged records of a feed ($1, $2) in a partition ($3), by number, from the floor on: of the
 * events $5 or, where that is null, of all.
 */
const selectUnacknowledged: Statement = {
  name: 'intake-select-unacknowledged',
  text: `
    SELECT id, number, record
    FROM waiting_record
    WHERE tenant = $1 AND source = $2 AND partition = $3
      AND number >= (
        SELECT coalesce(max(waits_from), 1) FROM stamp_free
        WHERE tenant = $1 AND source = $2 AND partition = $3)
      AND ($5::text[] IS NULL OR id = ANY($5))
    ORDER BY number, id LIMIT $4`,
}

/**
 * At most $3 feeds × partitions where a record has waited for more than $1 ms and, unless that is null, for less
 * than $2 ms. A time that is read once is a bound of the index by age, and the order makes the planner take that
 * index: by what it knows of an empty queue any other would serve.
 */
const selectLeftovers: Statement = {
  name: 'intake-select-leftovers',
  text: `
    SELECT tenant, source, partition
    FROM (
      SELECT tenant, source, partition, created_at FROM waiting_record
      WHERE created_at < (SELECT clock_timestamp() - $1 * interval '1 millisecond')
        AND created_at > (
          SELECT coalesce(clock_timestamp() - $2 * interval '1 millisecond', '-infinity'))
      ORDER BY created_at OFFSET 0) AS waiting
    GROUP BY tenant, source, partition
    ORDER BY min(created_at) LIMIT $3`,
}

/**
 * Records of a feed ($1, $2) in a partition ($3) stand in the topic: ids ($4), numbers ($5), offsets ($6). A
 * row that was given another number since then still waits. The bytes of acknowledged records are not kept
 * here: no gateway produces them again.
 */
const acknowledgeStamps: Statement = {
  name: 'intake-acknowledge-stamps',
  text: `
    -- Materialized with all of the key: a part of it that is given would be looked up alone, while the
    -- planner takes the tables for empty.
    WITH landed AS MATERIALIZED (
      SELECT $1 AS tenant, $2 AS source, $3::int AS partition, id, number, log_offset
      FROM unnest($4::text[], $5::bigint[], $6::bigint[]) AS row (id, number, log_offset)
    ), gone AS (
      DELETE FROM waiting_record w USING landed l
      WHERE w.tenant = l.tenant AND w.source = l.source AND w.partition = l.partition
        AND w.number = l.number AND w.id = l.id
    )
    UPDATE stamp s SET acknowledged = true, log_offset = l.log_offset
    FROM landed l
    WHERE s.tenant = l.tenant AND s.source = l.source AND s.id = l.id AND s.partition = l.partition
      AND s.number = l.number AND NOT s.acknowledged`,
}

/** Begins an epoch of a feed ($1, $2): the next one, and at least $3. */
const beginEpoch: Statement = {
  name: 'intake-begin-epoch',
  text: `
    INSERT INTO stamp_feed AS f (tenant, source, epoch) VALUES ($1, $2, greatest($3::bigint, 1))
    ON CONFLICT (tenant, source) DO UPDATE SET epoch = greatest(f.epoch + 1, excluded.epoch)
    RETURNING epoch, cursor`,
}

/** Keeps the cursor ($4) of a feed ($1, $2), if its newest epoch is $3. */
const keepCursor: Statement = {
  name: 'intake-keep-cursor',
  text: `
    UPDATE stamp_feed SET cursor = $4
    WHERE tenant = $1 AND source = $2 AND epoch = $3 AND cursor IS DISTINCT FROM $4`,
}

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
    status: (feed, gapsMax) => status(db.ofTenant(feed.tenant), feed, gapsMax),
    beginEpoch: async ({ tenant, source }, least) => {
      const { rows } = await db
        .ofTenant(tenant)
        .query<{ epoch: bigint; cursor: string | null }>(beginEpoch, [tenant, source, least])
      const [row] = rows
      invariant(row !== undefined, 'A begun epoch was not returned.')
      return { epoch: row.epoch, ...(row.cursor !== null && { cursor: row.cursor }) }
    },
    keepCursor: async ({ tenant, source }, { epoch, cursor }) => {
      await db.ofTenant(tenant).query(keepCursor, [tenant, source, epoch, cursor])
    },
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
    const { rows } = await tx.query<{ epoch: bigint }>(lockFeed, [feed.tenant, feed.source])
    return work(feedTransaction(tx, feed, rows[0]?.epoch ?? 0n))
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

interface GapRow extends Record<string, unknown> {
  readonly first: bigint
  readonly last: bigint
}

async function status(
  db: Queryable,
  { tenant, source }: Feed,
  gapsMax: number,
): Promise<FeedStatus> {
  const { rows } = await db.query<StatusRow>(selectFeedStatus, [tenant, source])
  const gaps = await db.query<GapRow>(selectGaps, [tenant, source, gapsMax])
  const [row] = rows
  const { id = null, created_at: at = null } = row ?? {}
  const lastAccepted = id === null || at === null ? null : { id, acceptedAtMs: at.getTime() }
  return {
    lastAccepted,
    next: row?.next ?? 1n,
    above: row?.above ?? 1n,
    unacknowledged: Number(row?.unacknowledged ?? 0n),
    gaps: gaps.rows.map(({ first: from, last: to }) => ({ from, to })),
  }
}

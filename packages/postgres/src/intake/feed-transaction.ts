import { FreshetError } from '@freshet/protocol'
import type { Feed, FeedTransaction, NewStamp, StampedRow } from '@freshet/intake'
import { byteas, columnsOf, int4s, int8s, texts } from '../rows/columns.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { packRecord } from '../rows/stored-record.ts'

/**
 * For each partition ($3) of a feed ($1, $2) its highest number, and whether a row is not acknowledged, of
 * those up to the sequence $4 or, where that is null, of all. It runs under the lock of the feed.
 */
const selectTally: Statement = {
  name: 'intake-select-tally',
  text: `
    -- Materialized: a comparison with what coalesce gives is asked of no index in work for one tenant.
    WITH asked AS MATERIALIZED (
      SELECT p.partition, coalesce(f.waits_from, 1) AS waits_from
      FROM unnest($3::int[]) AS p (partition)
      LEFT JOIN stamp_free f
        ON f.tenant = $1 AND f.source = $2 AND f.partition = p.partition
    )
    SELECT p.partition,
      coalesce((
        SELECT number FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.partition = p.partition AND s.number >= 0
        ORDER BY number DESC LIMIT 1
      ), 0) AS last,
      EXISTS (
        SELECT FROM waiting_record w
        WHERE w.tenant = $1 AND w.source = $2 AND w.partition = p.partition
          AND w.number >= p.waits_from
          AND ($4::bigint IS NULL OR w.sequence IS NULL OR w.sequence <= $4)
      ) AS unacknowledged
    FROM asked p`,
}

/**
 * Rows of a feed ($1, $2) with one of the ids ($3) or one of the sequences ($4). By a plan that was made
 * while the table was small it reads all of it, until that is analyzed. An empty list is passed as no list:
 * the planner finds that any partial index serves it, and takes one that reads all of the feed.
 */
const selectStamps: Statement = {
  name: 'intake-select-stamps',
  planEach: true,
  text: `
    SELECT id, partition, number, sequence, content_hash, acknowledged, log_offset
    FROM stamp
    WHERE tenant = $1 AND source = $2 AND id = ANY ($3::text[]) AND cardinality($3) > 0
    UNION
    SELECT id, partition, number, sequence, content_hash, acknowledged, log_offset
    FROM stamp
    WHERE tenant = $1 AND source = $2 AND sequence = ANY ($4::bigint[])
      AND cardinality($4) > 0`,
}

/**
 * The first $3 sequences of a feed ($1, $2) without a stamp, from the remembered one on, which
 * is moved to the first that was found. Among the numbers from there on, at most as many are taken
 * as there are rows, so the series is long enough.
 */
const selectFreeSequences: Statement = {
  name: 'intake-select-free-sequences',
  text: `
    WITH known AS (
      SELECT next_sequence AS first FROM stamp_feed WHERE tenant = $1 AND source = $2
    ), taken AS (
      SELECT count(*) AS count FROM stamp
      WHERE tenant = $1 AND source = $2 AND sequence >= (SELECT first FROM known)
    ), free AS (
      SELECT candidate AS sequence
      FROM known, taken,
        generate_series(known.first, known.first + taken.count + $3::int - 1) AS candidate
      WHERE NOT EXISTS (
        SELECT FROM stamp
        WHERE tenant = $1 AND source = $2 AND sequence = candidate
          AND sequence >= (SELECT first FROM known)
      )
      ORDER BY candidate LIMIT $3::int
    ), moved AS (
      UPDATE stamp_feed SET next_sequence = (SELECT min(sequence) FROM free)
      WHERE tenant = $1 AND source = $2 AND next_sequence < (SELECT min(sequence) FROM free)
    )
    SELECT sequence FROM free ORDER BY sequence`,
}

/**
 * For each partition ($3) of a feed ($1, $2) its first free numbers, as many as $4 gives, from the remembered
 * one on, which is moved to the first that was found. The floor from which waiting records are read moves
 * with it, to the first record that waits.
 *
 * The floor is exact. It is moved under the lock of the feed, and every number that is given later is a free
 * one, so it is not below the remembered one and not below the floor.
 */
const selectFreeNumbers: Statement = {
  name: 'intake-select-free-numbers',
  text: `
    -- Materialized: a comparison with what coalesce gives is asked of no index in work for one tenant.
    WITH wanted AS MATERIALIZED (
      SELECT w.partition, w.count, coalesce(known.number, 1) AS first,
        coalesce(known.waits_from, 1) AS waits_from
      FROM unnest($3::int[], $4::int[]) AS w (partition, count)
      LEFT JOIN stamp_free AS known
        ON known.tenant = $1 AND known.source = $2 AND known.partition = w.partition
    ), reach AS (
      SELECT w.partition, w.count, w.first, w.first + w.count - 1 + (
        SELECT count(*) FROM stamp s
        WHERE s.tenant = $1 AND s.source = $2 AND s.partition = w.partition AND s.number >= w.first
          AND s.number >= 0
      ) AS last
      FROM wanted w
    ), free AS (
      SELECT r.partition, f.number
      FROM reach r CROSS JOIN LATERAL (
        SELECT candidate AS number
        FROM generate_series(r.first, r.last) AS candidate
        WHERE NOT EXISTS (
          SELECT FROM stamp s
          WHERE s.tenant = $1 AND s.source = $2 AND s.partition = r.partition
            AND s.number = candidate AND s.number >= r.first AND s.number >= 0
        )
        ORDER BY candidate LIMIT r.count
      ) AS f
    ), moved AS (
      INSERT INTO stamp_free (tenant, source, partition, number, waits_from)
      SELECT $1, $2, w.partition, f.number, least(f.number, waiting.number)
      FROM wanted w
      JOIN (SELECT partition, min(number) AS number FROM free GROUP BY partition) AS f USING (partition)
      LEFT JOIN LATERAL (
        SELECT r.number FROM waiting_record r
        WHERE r.tenant = $1 AND r.source = $2 AND r.partition = w.partition
          AND r.number >= w.waits_from
        ORDER BY r.number LIMIT 1
      ) AS waiting ON true
      ON CONFLICT (tenant, source, partition) DO UPDATE
        SET number = excluded.number, waits_from = excluded.waits_from
    )
    SELECT partition, number FROM free ORDER BY partition, number`,
}

/**
 * Stamps of a feed ($1, $2) with their records: ids ($3), partitions ($4), numbers ($5), sequences ($6),
 * content hashes ($7) and packed records ($8). An existing stamp stays unchanged and does not count: a caller
 * that finds fewer than it gave must roll back.
 */
const insertStamps: Statement = {
  name: 'intake-insert-stamps',
  text: `
    WITH given AS MATERIALIZED (
      SELECT * FROM unnest($3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::text[],
        $8::bytea[])
        AS row (id, partition, number, sequence, content_hash, record)
    ), waiting AS (
      INSERT INTO waiting_record (tenant, source, partition, number, id, sequence, record)
      SELECT $1, $2, partition, number, id, sequence, record FROM given
    )
    INSERT INTO stamp (tenant, source, id, partition, number, sequence, content_hash, acknowledged)
    SELECT $1, $2, id, partition, number, sequence, content_hash, false FROM given
    ON CONFLICT DO NOTHING`,
}

/** The statements that run while the feed is locked. */
export function feedTransaction(tx: Queryable, feed: Feed, epoch: bigint): FeedTransaction {
  return {
    epoch,
    find: (ids, sequences) => findStamps(tx, feed, ids, sequences),
    freeSequences: async (count) => {
      const values = [feed.tenant, feed.source, count]
      const { rows } = await tx.query<{ sequence: bigint }>(selectFreeSequences, values)
      return rows.map(({ sequence }) => sequence)
    },
    freeNumbers: (wanted) => freeNumbers(tx, feed, wanted),
    tally: async (partitions, upToSequence) => {
      const values = [feed.tenant, feed.source, partitions, upToSequence ?? null]
      const { rows } = await tx.query<TallyRow>(selectTally, values)
      return rows
    },
    insert: (rows) => insert(tx, feed, rows),
  }
}

/** Rows of a feed by id or sequence, inside or outside of a transaction. */
export async function findStamps(
  db: Queryable,
  { tenant, source }: Feed,
  ids: readonly string[],
  sequences: readonly bigint[],
): Promise<readonly StampedRow[]> {
  const { rows } = await db.query<StampRow>(selectStamps, [tenant, source, ids, sequences])
  return rows.map(({ content_hash: contentHash, log_offset: offset, ...row }) => ({
    ...row,
    contentHash,
    offset,
  }))
}

interface StampRow {
  readonly id: string
  readonly partition: number
  readonly number: bigint
  readonly sequence: bigint | null
  readonly content_hash: string
  readonly acknowledged: boolean
  readonly log_offset: bigint | null
}

interface TallyRow {
  readonly partition: number
  readonly last: bigint
  readonly unacknowledged: boolean
}

async function freeNumbers(
  tx: Queryable,
  { tenant, source }: Feed,
  wanted: ReadonlyMap<number, number>,
): Promise<ReadonlyMap<number, readonly bigint[]>> {
  const values = [tenant, source, [...wanted.keys()], [...wanted.values()]]
  const { rows } = await tx.query<{ partition: number; number: bigint }>(selectFreeNumbers, values)
  const free = new Map<number, bigint[]>()
  for (const { partition, number } of rows) {
    free.set(partition, [...(free.get(partition) ?? []), number])
  }
  return free
}

async function insert(
  tx: Queryable,
  { tenant, source }: Feed,
  rows: readonly NewStamp[],
): Promise<void> {
  const columns = columnsOf(rows, [
    texts(({ id }) => id),
    int4s(({ partition }) => partition),
    int8s(({ number }) => number),
    int8s(({ sequence }) => sequence),
    texts(({ contentHash }) => contentHash),
    byteas(({ record }) => packRecord(record)),
  ])
  const { count } = await tx.query(insertStamps, [tenant, source, ...columns])
  if (count === rows.length) return
  const message = `Another writer stored an event of source ${source} in the same moment.`
  throw new FreshetError('database.serialization', message)
}

/**
 * Locks the feed ($1 tenant, $2 source) until the end of the transaction, making it if need be. Returns its newest
 * epoch.
 */
export const lockFeed: Statement = {
  name: 'intake-lock-feed',
  text: `
    INSERT INTO stamp_feed (tenant, source) VALUES ($1, $2)
    ON CONFLICT (tenant, source) DO UPDATE SET source = excluded.source
    RETURNING epoch`,
}

import { FreshetError } from '@freshet/protocol'
import type { Feed, FeedTransaction, NewStamp, StampedRow } from '@freshet/intake'
import { byteas, columnsOf, int4s, int8s, texts } from '../rows/columns.ts'
import type { Queryable } from '../connection/query.ts'
import { packRecord } from '../rows/stored-record.ts'
import { insertStamps } from './insert-stamps.ts'
import { selectFreeNumbers } from './select-free-numbers.ts'
import { selectFreeSequences } from './select-free-sequences.ts'
import { selectStamps } from './select-stamps.ts'
import { selectTally } from './select-tally.ts'

/** The statements that run while the feed is locked. */
export function feedTransaction(tx: Queryable, feed: Feed): FeedTransaction {
  return {
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

import { invariant, type HeldFeed } from '@freshet/protocol'
import type {
  RecordedProgress,
  RecorderStore,
  RecorderTransaction,
  RehearsalStore,
} from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import { commonRows } from './rows/common-rows.ts'
import { loadState } from './load-state.ts'
import {
  insertProgress,
  lockProgress,
  selectProgress,
  toProgress,
  type StoredProgress,
} from './progress.ts'
import { saveBatch } from './save-batch.ts'
import { packing } from './save-rows.ts'
import { inSharedTransaction, type PartitionContext } from './shared-transaction.ts'
import { upsertPause } from './upserts/upsert-pause.ts'
import { selectWalkedPartitions, walkClaims, walkingFeeds } from './walk-claims.ts'

/** The recorder's state, in Postgres. Waiting for a partition's lock ends with `database.timeout`. */
export function postgresRecorderStore(db: Database): RecorderStore {
  const shared = inSharedTransaction(db, recorderTransaction)
  return {
    ensureProgress: async (partitions, e) => {
      await db.query(insertProgress, [partitions, e])
    },
    notePause: async ({ partition, at, code, message, sinceMs, attempts }) => {
      const place = [partition, at.e, at.nextOffset]
      await db.query(upsertPause, [...place, code, message, sinceMs, attempts])
    },
    progress: (partition) => readProgress(db, selectProgress, partition),
    walkedPartitions: async () => {
      const { rows } = await db.query<{ partition: number }>(selectWalkedPartitions)
      return rows.map(({ partition }) => partition)
    },
    inPartition: (partition, work, isShared = false) =>
      isShared
        ? shared(partition, work)
        : inTransaction(db, {}, async (tx) => {
            const progress = await readProgress(tx, lockProgress, partition)
            return work(recorderTransaction({ tx, rows: commonRows(tx), progress }))
          }),
  }
}

/** The state that the recorder would decide over, in one snapshot of Postgres and without a lock. */
export function postgresRehearsalStore(db: Database): RehearsalStore {
  return {
    inSnapshot: (partition, work) =>
      inTransaction(db, { isolation: 'repeatable read', readOnly: true }, async (tx) => {
        const progress = await readProgress(tx, selectProgress, partition)
        return work({
          progress,
          load: (needed) => loadState({ tx, rows: commonRows(tx), partition }, needed),
          walk: (step) => walkClaims({ tx, partition }, step),
        })
      }),
  }
}

async function readProgress(
  db: Queryable,
  statement: Statement,
  partition: number,
): Promise<RecordedProgress> {
  const { rows } = await db.query<StoredProgress & Record<string, unknown>>(statement, [partition])
  const [row] = rows
  invariant(row, `Partition ${partition} has no progress row.`)
  return toProgress(row)
}

function recorderTransaction({ tx, rows, progress }: PartitionContext): RecorderTransaction {
  const { partition } = progress
  const loaded = new Map<string, HeldFeed>()
  return {
    progress,
    async load(needed) {
      const state = await loadState({ tx, rows, partition }, needed)
      for (const [key, held] of state.feeds) loaded.set(key, held)
      return state
    },
    walk: (step) => walkClaims({ tx, partition }, step),
    walking: async () => (await walkingFeeds({ tx, partition }, 1))[0],
    save: (batch) => saveBatch({ tx, rows, progress, pack: packing(), loaded }, batch),
  }
}

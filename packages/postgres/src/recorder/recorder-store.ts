import { invariant, type HeldFeed, FreshetError } from '@freshet/protocol'
import type {
  RecordedProgress,
  RecorderStore,
  RecorderTransaction,
  RehearsalStore,
  RecordedBatch,
} from '@freshet/reconciler'
import { gather } from '@freshet/wire'
import type { Database } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import { loadState } from './load-state.ts'
import {
  insertProgress,
  lockProgress,
  selectProgress,
  toProgress,
  type StoredProgress,
  lockFreeProgress,
} from './progress.ts'
import { commonRows, sharedRows, type CommonRows } from './rows/common-rows.ts'
import { saveEvidence } from './save-evidence.ts'
import { packing, type SaveContext } from './save-rows.ts'
import { saveState } from './save-state.ts'
import { selectWalkedPartitions, walkClaims, walkingFeeds } from './walk-claims.ts'

/** The pause of a partition ($1) at $2 (incarnation), $3 (offset): code $4, message $5, since $6, attempts $7. */
const upsertPause: Statement = {
  name: 'recorder-upsert-pause',
  text: `
    INSERT INTO recording_pause (partition, e, log_offset, code, message, since_ms, attempts)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (partition) DO UPDATE SET e = excluded.e, log_offset = excluded.log_offset,
      code = excluded.code, message = excluded.message, since_ms = excluded.since_ms,
      attempts = excluded.attempts`,
}

/** A policy version ($1) that took effect somewhere, with the hash of its content ($2). */
const insertRegistryVersion: Statement = {
  name: 'recorder-insert-registry-version',
  text: `INSERT INTO registry_version (pv, hash) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
}

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

/** One statement for each kind of row that the batch writes, and none for the others. They travel together. */
async function saveBatch(context: SaveContext, batch: RecordedBatch): Promise<void> {
  await Promise.all([
    saveState(context, batch),
    saveEvidence(context, batch),
    saveProgress(context, batch),
  ])
}

async function saveProgress(
  { tx, rows, progress: { partition } }: SaveContext,
  { decision, lastHash }: RecordedBatch,
): Promise<void> {
  const { activated, policy, nextOffset, grants } = decision
  await Promise.all([
    activated && tx.query(insertRegistryVersion, [activated.pv, activated.hash]),
    rows.move([{ partition, nextOffset, lastHash, policy, grants }]),
  ])
}

type Work = (tx: RecorderTransaction) => Promise<unknown>

interface PartitionWork {
  readonly partition: number
  readonly work: Work
}

/** The transaction as the work of one partition uses it. */
interface PartitionContext {
  readonly tx: Queryable
  readonly rows: CommonRows
  readonly progress: ReturnType<typeof toProgress>
}

/** Partitions of one transaction at most. */
const BATCHING = { max: 16 } as const
/** Instead of an outcome: the work did not run. */
const BUSY = Symbol('busy')

/**
 * Runs the work of those partitions that ask in the same turn of the event loop in one transaction, which waits for no
 * lock. A partition that another transaction has in hand rejects with `database.timeout`, and its work does not run.
 * If any work fails, the transaction is rolled back, and all reject.
 */
function inSharedTransaction(
  db: Database,
  transactionOf: (context: PartitionContext) => RecorderTransaction,
): <T>(partition: number, work: (tx: RecorderTransaction) => Promise<T>) => Promise<T> {
  const ask = gather(async (all: readonly PartitionWork[]) => {
    const outcomes = await inTransaction(db, {}, (tx) => runAll(tx, all, transactionOf))
    return outcomes.map((outcome, n) =>
      outcome === BUSY ? Promise.reject(busy(all[n]?.partition)) : outcome,
    )
  }, BATCHING)
  return <T>(partition: number, work: (tx: RecorderTransaction) => Promise<T>) =>
    ask({ partition, work }) as Promise<T>
}

/** Waits for the work of all, whatever fails: none of it is allowed to use the connection after the transaction. */
async function runAll(
  tx: Queryable,
  all: readonly PartitionWork[],
  transactionOf: (context: PartitionContext) => RecorderTransaction,
): Promise<readonly unknown[]> {
  const partitions = all.map(({ partition }) => partition)
  const { rows: free } = await tx.query<StoredProgress & Record<string, unknown>>(
    lockFreeProgress,
    [partitions],
  )
  const rows = sharedRows(commonRows(tx))
  const outcomes = await Promise.allSettled(
    all.map(async ({ partition, work }, n) => {
      const row = free.find((each) => each.partition === partition)
      // A second work of a partition would read the position that the first one is about to change.
      if (row === undefined || partitions.indexOf(partition) !== n) return BUSY
      return work(transactionOf({ tx, rows, progress: toProgress(row) }))
    }),
  )
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

function busy(partition: number | undefined): FreshetError {
  const message = `Another transaction has partition ${partition} in hand.`
  return new FreshetError('database.timeout', message)
}

import { FreshetError } from '@freshet/protocol'
import { gather } from '@freshet/wire'
import type { RecorderTransaction } from '@freshet/reconciler'
import type { Database } from '../connection/pool.ts'
import type { Queryable } from '../connection/query.ts'
import { inTransaction } from '../connection/transaction.ts'
import { commonRows, sharedRows, type CommonRows } from './rows/common-rows.ts'
import { lockFreeProgress, toProgress, type StoredProgress } from './progress.ts'

type Work = (tx: RecorderTransaction) => Promise<unknown>

interface PartitionWork {
  readonly partition: number
  readonly work: Work
}

/** The transaction as the work of one partition uses it. */
export interface PartitionContext {
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
export function inSharedTransaction(
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

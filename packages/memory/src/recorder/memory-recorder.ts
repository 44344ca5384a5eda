import { FreshetError, invariant } from '@freshet/protocol'
import type {
  RecordedProgress,
  RecorderStore,
  RecorderTransaction,
  RehearsalStore,
} from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import { loadMemoryState } from './memory-recorder-load.ts'
import { saveMemoryBatch } from './memory-recorder-save.ts'
import { walkMemoryClaims, walkedPartitions, walkingFeed } from './memory-recorder-walk.ts'
import type { ProgressRow } from '../memory-rows.ts'
import { translated } from '../translated.ts'

/** Creates the recorder's store in memory. */
export function memoryRecorderStore(database: MemoryDatabase): RecorderStore {
  return {
    ensureProgress: (partitions, e) =>
      translated(() =>
        database.transaction(() => {
          for (const partition of partitions) ensure(database, partition, e)
          return Promise.resolve()
        }),
      ),
    notePause: ({ at, ...pause }) =>
      translated(() =>
        database.transaction(() => {
          database.recordingPauses.set(String(pause.partition), { ...pause, ...at })
          return Promise.resolve()
        }),
      ),
    progress: (partition) => Promise.resolve(progressOf(database, partition)),
    walkedPartitions: () => Promise.resolve(walkedPartitions(database)),
    inPartition: (partition, work, isShared = false) =>
      translated(() => {
        if (isShared && database.isLocked(progressLock(partition))) throw busy(partition)
        return database.statements([progressLock(partition)], (atCommit) =>
          work(recorderTransaction(database, partition, atCommit)),
        )
      }),
  }
}

function recorderTransaction(
  database: MemoryDatabase,
  partition: number,
  atCommit: (write: () => void) => void,
): RecorderTransaction {
  const progress = progressOf(database, partition)
  const context = { database, progress }
  return {
    progress,
    load: (needed) => Promise.resolve(loadMemoryState({ database, partition }, needed)),
    walk: (step) => Promise.resolve(walkMemoryClaims({ database, partition }, step)),
    walking: () => Promise.resolve(walkingFeed({ database, partition })),
    save(batch) {
      atCommit(() => saveMemoryBatch(context, batch))
      return Promise.resolve()
    },
  }
}

function busy(partition: number): FreshetError {
  const message = `Another transaction has partition ${partition} in hand.`
  return new FreshetError('database.timeout', message)
}

/**
 * Creates the store of rehearsals: the state by which the recorder would decide, in memory and without a
 * lock.
 */
export function memoryRehearsalStore(database: MemoryDatabase): RehearsalStore {
  return {
    inSnapshot: (partition, work) =>
      translated(() =>
        database.transaction(() =>
          work({
            progress: progressOf(database, partition),
            load: (needed) => Promise.resolve(loadMemoryState({ database, partition }, needed)),
            walk: (step) => Promise.resolve(walkMemoryClaims({ database, partition }, step)),
          }),
        ),
      ),
  }
}

/** Returns the name of the lock of a partition's progress row. */
export function progressLock(partition: number): string {
  return `progress ${partition}`
}

function ensure(database: MemoryDatabase, partition: number, e: bigint): void {
  const key = String(partition)
  if (database.progress.get(key) !== undefined) return
  const policy = { activePv: 0, activeHash: null, minimumPv: 0 }
  database.progress.set(key, { partition, e, nextOffset: 0n, lastHash: null, ...policy })
}

function progressOf(database: MemoryDatabase, partition: number): RecordedProgress {
  const row = database.progress.get(String(partition))
  invariant(row, `Partition ${partition} has no progress row.`)
  return toProgress(row)
}

function toProgress(row: ProgressRow): RecordedProgress {
  const { partition, e, nextOffset, lastHash, activePv, activeHash, minimumPv } = row
  const { grants = [] } = row
  const since = row.foreignSinceMs === undefined ? {} : { foreignSinceMs: row.foreignSinceMs }
  const given = row.given && { given: row.given }
  const policy = { pv: activePv, hash: activeHash, minimum: minimumPv, ...since, ...given }
  return { partition, e, nextOffset, lastHash, policy, grants }
}

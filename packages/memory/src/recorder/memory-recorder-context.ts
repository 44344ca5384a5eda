import type { RecordedProgress } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'

/** The database and the partition from which the state of a batch or of a walk is loaded. */
export interface MemoryLoadContext {
  readonly database: MemoryDatabase
  readonly partition: number
}

/** The place of a saved batch: an open transaction that holds its partition's progress. */
export interface MemorySaveContext {
  readonly database: MemoryDatabase
  readonly progress: RecordedProgress
}

import type { RecordedProgress } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'

/** The place of a saved batch: an open transaction that holds its partition's progress. */
export interface SaveContext {
  readonly database: MemoryDatabase
  readonly progress: RecordedProgress
}

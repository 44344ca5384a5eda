import type { RecordedProgress } from '@freshet/reconciler'
import type { MemoryDatabase } from './memory-database.ts'

/** Where a batch is saved: an open transaction with its partition's progress in hand. */
export interface SaveContext {
  readonly database: MemoryDatabase
  readonly progress: RecordedProgress
}

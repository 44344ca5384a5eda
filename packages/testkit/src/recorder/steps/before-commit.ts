import type { RecorderStore } from '@freshet/reconciler'
import { withSave } from './with-save.ts'

/**
 * The store, with an event after a batch was saved and before it commits: the reads of the transaction are
 * over, and its writes are not visible yet.
 */
export function beforeCommit(store: RecorderStore, then: () => Promise<void>): RecorderStore {
  return withSave(store, async (batch, save) => {
    await save(batch)
    await then()
  })
}

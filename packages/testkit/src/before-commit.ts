import type { RecorderStore } from '@freshet/reconciler'
import { withSave } from './with-save.ts'

/**
 * The store, with something that happens after a batch was saved and before it commits: what a
 * statement of the transaction read is over, and nobody else sees yet what it wrote.
 */
export function beforeCommit(store: RecorderStore, then: () => Promise<void>): RecorderStore {
  return withSave(store, async (batch, save) => {
    await save(batch)
    await then()
  })
}

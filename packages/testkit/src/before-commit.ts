import type { RecorderStore } from '@freshet/reconciler'

/**
 * The store, with something that happens after a batch was saved and before it commits: what a
 * statement of the transaction read is over, and nobody else sees yet what it wrote.
 */
export function beforeCommit(store: RecorderStore, then: () => Promise<void>): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work) =>
      store.inPartition(partition, (tx) =>
        work({
          ...tx,
          async save(batch) {
            await tx.save(batch)
            await then()
          },
        }),
      ),
  }
}

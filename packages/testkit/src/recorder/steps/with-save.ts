import type { RecordedBatch, RecorderStore } from '@freshet/reconciler'

/** Saves a batch as the store does. */
export type Save = (batch: RecordedBatch) => Promise<void>

/** The store with another way to save a batch, which gets the store's own. */
export function withSave(
  store: RecorderStore,
  save: (batch: RecordedBatch, own: Save) => Promise<void>,
): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work, isShared) =>
      store.inPartition(
        partition,
        (tx) => work({ ...tx, save: (batch) => save(batch, (given) => tx.save(given)) }),
        isShared,
      ),
  }
}

import type { RecorderStore } from '@freshet/reconciler'
import type { Link } from '../kernel/link.ts'

/**
 * The recorder's store, with time between the statements of a transaction and before its commit:
 * others read, write and mint meanwhile, and the process can die.
 */
export function statementwise(store: RecorderStore, link: Link): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work) =>
      store.inPartition(partition, (tx) =>
        work({
          progress: tx.progress,
          load: (needed, claims) => link.statement(() => tx.load(needed, claims)),
          save: (batch) => link.statement(() => tx.save(batch)),
        }),
      ),
  }
}

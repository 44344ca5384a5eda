import type { FeedTransaction, StampStore } from '@freshet/intake'
import type { LiveRows, PublishableRow, PublisherStore, RecorderStore } from '@freshet/reconciler'
import type { Link } from '../kernel/link.ts'

/**
 * The recorder's store, with time between the statements of a transaction and before its commit. Other
 * processes read, write and mint meanwhile, and the process can die.
 */
export function recorderStatements(store: RecorderStore, link: Link): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work, isShared) =>
      store.inPartition(
        partition,
        (tx) =>
          work({
            progress: tx.progress,
            load: (needed) => link.statement(() => tx.load(needed)),
            walk: (step) => link.statement(() => tx.walk(step)),
            walking: () => link.statement(() => tx.walking()),
            save: (batch) => link.statement(() => tx.save(batch)),
          }),
        isShared,
      ),
  }
}

/** The same for the transaction in which a publisher reads all live rows: time between its steps. */
export function rootStatements(store: PublisherStore, link: Link): PublisherStore {
  return {
    ...store,
    readLive: (partition, use) =>
      store.readLive(partition, ({ status, steps }) =>
        use({ status, steps: slowSteps(steps, link) }),
      ),
  }
}

async function* slowSteps(
  steps: LiveRows['steps'],
  link: Link,
): AsyncGenerator<readonly PublishableRow[]> {
  for await (const rows of steps) yield await link.statement(() => Promise.resolve(rows))
}

/** The same for the transactions in which gateways number events. */
export function stampStatements(store: StampStore, link: Link): StampStore {
  const slowly = (tx: FeedTransaction): FeedTransaction => ({
    epoch: tx.epoch,
    find: (ids, sequences) => link.statement(() => tx.find(ids, sequences)),
    freeSequences: (count) => link.statement(() => tx.freeSequences(count)),
    freeNumbers: (wanted) => link.statement(() => tx.freeNumbers(wanted)),
    tally: (partitions, upTo) => link.statement(() => tx.tally(partitions, upTo)),
    insert: (rows) => link.statement(() => tx.insert(rows)),
  })
  return { ...store, inFeed: (feed, work) => store.inFeed(feed, (tx) => work(slowly(tx))) }
}

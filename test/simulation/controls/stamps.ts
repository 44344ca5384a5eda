import type { FeedTally, FeedTransaction, PartitionTally, StampStore } from '@freshet/intake'
import type { MemoryDatabase } from '@freshet/memory'
import { CHANGES_TOPIC, type LogWriter } from '@freshet/wire'
import { TENANT } from '../system/deployment.ts'
import type { ProductControl } from './control.ts'

/** The database that a gateway's store reads, and its end of the log. */
interface Beside {
  readonly database: MemoryDatabase
  readonly writer: LogWriter
}

function inEachFeed(
  store: StampStore,
  change: (tx: FeedTransaction, source: string) => Partial<FeedTransaction>,
): StampStore {
  return {
    ...store,
    inFeed: (feed, work) => store.inFeed(feed, (tx) => work({ ...tx, ...change(tx, feed.source) })),
  }
}

const nothingWaits = (tallies: readonly PartitionTally[]): readonly PartitionTally[] =>
  tallies.map((tally) => ({ ...tally, unacknowledged: false }))

/** Rule 34: a record is appended before the commit of its stamp. */
export function appendedFirst(store: StampStore, { writer }: Beside): StampStore {
  return inEachFeed(store, (tx) => ({
    async insert(rows) {
      for (const { partition, record } of rows)
        await writer.append(CHANGES_TOPIC, partition, [record])
      await tx.insert(rows)
    },
  }))
}

/** Rule 34: no gateway appends the records that another one left behind. */
export function leftBehind(store: StampStore): StampStore {
  return { ...store, leftovers: () => Promise.resolve([]) }
}

/** Rule 34: the statements of two gateways in one feed run between each other. */
export function unlocked(store: StampStore): StampStore {
  return {
    ...store,
    inFeed: (feed, work) => {
      const alone = <T>(one: (tx: FeedTransaction) => Promise<T>): Promise<T> =>
        store.inFeed(feed, one)
      return work({
        epoch: 0n,
        find: (ids, sequences) => alone((tx) => tx.find(ids, sequences)),
        freeSequences: (count) => alone((tx) => tx.freeSequences(count)),
        freeNumbers: (wanted) => alone((tx) => tx.freeNumbers(wanted)),
        tally: (partitions, upTo) => alone((tx) => tx.tally(partitions, upTo)),
        insert: (rows) => alone((tx) => tx.insert(rows)),
      })
    },
  }
}

/** Rule 34: a turn also appends what another gateway has in flight. */
export function everyTurn(store: StampStore): StampStore {
  return { ...store, unacknowledged: (at, limit) => store.unacknowledged(at, limit, 'all') }
}

/** Rule 35: the sequence that a source must send is the one after the last. */
export function afterTheLast(store: StampStore, { database }: Beside): StampStore {
  return inEachFeed(store, (_, source) => ({
    freeSequences(count) {
      const last = database.stamps
        .values()
        .filter((row) => row.source === source)
        .reduce((max, { sequence }) => (sequence !== null && sequence > max ? sequence : max), 0n)
      return Promise.resolve(Array.from({ length: count }, (__, n) => last + BigInt(n + 1)))
    },
  }))
}

/** Rule 37: no heartbeat waits for the records that it covers. */
export function heartbeatsDoNotWait(store: StampStore): StampStore {
  const many = groupsDoNotWait(store)
  return inEachFeed(many, (tx) => ({
    tally: async (...args) => nothingWaits(await tx.tally(...args)),
  }))
}

/** Rule 37: a heartbeat for many tenants does not wait for their records. */
export function groupsDoNotWait(store: StampStore): StampStore {
  return {
    ...store,
    tallyFree: async (...args) =>
      (await store.tallyFree(...args)).map((tally) => ({
        ...tally,
        partitions: nothingWaits(tally.partitions),
      })),
  }
}

/** Rule 34: a retry is answered because its event is stamped. */
export function stampedIsAnswered(store: StampStore): StampStore {
  return {
    ...store,
    find: async (feed, ids) =>
      (await store.find(feed, ids)).map((row) => ({
        ...row,
        acknowledged: true,
        offset: row.offset ?? 0n,
      })),
  }
}

/** S15: the key of a feed is its source alone. */
export function feedsOfSources(store: StampStore): StampStore {
  const shared = <F extends { readonly tenant: string }>(feed: F): F => ({
    ...feed,
    tenant: TENANT,
  })
  return {
    ...store,
    inFeed: (feed, work) => store.inFeed(shared(feed), work),
    async tallyFree(source, feeds, partitions) {
      const tallies: FeedTally[] = []
      for (const { tenant, ...of } of feeds) {
        const ownTallies = await store.tallyFree(source, [shared({ tenant, ...of })], partitions)
        tallies.push(...ownTallies.map((tally) => ({ ...tally, tenant })))
      }
      return tallies
    },
    find: (feed, ids) => store.find(shared(feed), ids),
    unacknowledged: (at, ...args) => store.unacknowledged(shared(at), ...args),
    acknowledge: (at, landed) => store.acknowledge(shared(at), landed),
    status: (feed, gapsMax) => store.status(shared(feed), gapsMax),
  }
}

/** The controls of gateways. `test/rules/stamp-controls.test.ts` has those that no fault shows. */
export const STAMP_CONTROLS: readonly ProductControl[] = [
  {
    rule: '34',
    without: 'a retry is answered because its event is stamped',
    guards: { stamps: stampedIsAnswered },
    mix: 'storm',
    breaks: ['S11', 'S17', 'V1'],
    seeds: 60,
  },
  {
    rule: '34',
    without: 'records are produced before their stamps are committed',
    guards: { stamps: appendedFirst },
    mix: 'storm',
    breaks: ['V1'],
    seeds: 20,
  },
  {
    rule: '37',
    without: 'a heartbeat covers unanswered changes',
    guards: { heartbeatCovers: 'all is told' },
    mix: 'network',
    breaks: ['S1', 'S17'],
    seeds: 15,
  },
  {
    rule: '37',
    without: 'a source reads its clock after the end of its feed',
    guards: { heartbeatCovers: 'later than its clock' },
    mix: 'network',
    breaks: ['S1', 'S2', 'S17'],
    seeds: 12,
  },
  {
    rule: 'S15',
    without: 'a feed has the name of its source and not that of its tenant',
    guards: { stamps: feedsOfSources },
    mix: 'tenants',
    breaks: ['S11', 'V1'],
    seeds: 12,
  },
]

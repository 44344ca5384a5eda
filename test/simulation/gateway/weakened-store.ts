import { FreshetError } from '@freshet/protocol'
import type {
  FeedTransaction,
  NewStamp,
  PartitionTally,
  StampedRow,
  StampStore,
} from '@freshet/intake'
import { strikes, cross, type GatewayWorld, type Life } from './world.ts'

/** The share of transactions that have appended already and do not commit. */
const NO_COMMIT = 0.2

/** Returns the store with the rules of the run; with the product's rules it is the store itself. */
export function weakenedStore(world: GatewayWorld, life: Life, store: StampStore): StampStore {
  const { answer, feed, heartbeat, turn } = world.rules
  const weakened: StampStore = {
    ...store,
    inFeed: (at, work) => store.inFeed(at, (tx) => work(weakenedTransaction(world, tx, at))),
  }
  if (answer === 'stamped')
    weakened.find = async (at, ids) => (await store.find(at, ids)).map(asIfAcknowledged)
  if (heartbeat !== 'waits')
    weakened.tallyFree = async (...args) =>
      (await store.tallyFree(...args)).map((tally) => ({
        ...tally,
        partitions: tally.partitions.map(asIfNoneWaits),
      }))
  if (turn === 'everything')
    weakened.unacknowledged = (at, limit) => store.unacknowledged(at, limit, 'all')
  if (feed === 'unlocked')
    weakened.inFeed = (at, work) => {
      const alone = <T>(one: (tx: FeedTransaction) => Promise<T>): Promise<T> =>
        cross(world, life, 'inside').then(() => store.inFeed(at, one))
      return work({
        find: (ids, sequences) => alone((tx) => tx.find(ids, sequences)),
        freeSequences: (count) => alone((tx) => tx.freeSequences(count)),
        freeNumbers: (wanted) => alone((tx) => tx.freeNumbers(wanted)),
        tally: (partitions, upTo) => alone((tx) => tx.tally(partitions, upTo)),
        insert: (rows) => alone((tx) => weakenedTransaction(world, tx, at).insert(rows)),
      })
    }
  return weakened
}

function asIfNoneWaits(tally: PartitionTally): PartitionTally {
  return { ...tally, unacknowledged: false }
}

function asIfAcknowledged(row: StampedRow): StampedRow {
  return { ...row, acknowledged: true, offset: row.offset ?? 0n }
}

function weakenedTransaction(
  world: GatewayWorld,
  tx: FeedTransaction,
  at: { readonly tenant: string; readonly source: string },
): FeedTransaction {
  const { produce, next, heartbeat } = world.rules
  return {
    ...tx,
    async freeSequences(count) {
      const free = await tx.freeSequences(count)
      return next === 'first-free' ? free : afterLast(world, at.source, count)
    },
    async tally(partitions, upTo) {
      const tallies = await tx.tally(partitions, upTo)
      if (heartbeat !== 'does-not-wait') return tallies
      return tallies.map(asIfNoneWaits)
    },
    async insert(rows) {
      for (const { partition, number, id } of rows)
        world.stampedIn.set(`${at.source} ${partition} ${number} ${id}`, world.databaseLife)
      if (produce === 'before-commit') produceNow(world, rows)
      await tx.insert(rows)
    },
  }
}

function afterLast(world: GatewayWorld, source: string, count: number): readonly bigint[] {
  const last = world.database.stamps
    .values()
    .filter((row) => row.source === source)
    .reduce((max, { sequence }) => (sequence !== null && sequence > max ? sequence : max), 0n)
  return Array.from({ length: count }, (_, n) => last + BigInt(n + 1))
}

function produceNow(world: GatewayWorld, rows: readonly NewStamp[]): void {
  for (const { partition, record } of rows) world.log.append(partition, [record])
  if (!strikes(world, NO_COMMIT)) return
  throw new FreshetError('database.unavailable', 'The commit failed after the produce.')
}

import { EVERY_TENANT, FreshetError, OWN_SOURCE, type Clock } from '@freshet/protocol'
import type {
  Feed,
  FeedEpoch,
  FeedPartition,
  FeedQuestion,
  FeedStatus,
  FeedTally,
  FeedTransaction,
  LandedRecord,
  NewStamp,
  PartitionTally,
  PendingRecord,
  StampStore,
  WaitingAge,
} from '@freshet/intake'
import type { MemoryDatabase } from '../memory-database.ts'
import { translated } from '../translated.ts'
import type { StampFloorRow, StampRow } from '../memory-rows.ts'
import { firstFree, floorOf, numbersIn } from './memory-stamp-floors.ts'

/** Creates the store of the gateways' stamps in memory. */
export function memoryStampStore(db: MemoryDatabase, clock: Clock): StampStore {
  return {
    inFeed: (feed, work) =>
      translated(() =>
        db.statements([lockOf(feed)], (atCommit) => {
          const write = (added: readonly NewStamp[]): void =>
            atCommit(() => insert(db, feed, added, clock.nowMs()))
          return work(transactionOf(db, feed, write))
        }),
      ),
    tallyFree: (source, feeds, partitions) =>
      translated(() => tallyFree(db, { source, feeds, partitions })),
    find: async (feed, ids) => ofFeed(db, feed).filter(({ id }) => ids.includes(id)),
    unacknowledged: async (at, limit, wanted) =>
      pendingOf(db, at)
        .filter(({ id }) => wanted === 'all' || wanted.includes(id))
        .slice(0, limit),
    acknowledge: (at, landed) =>
      translated(() => db.transaction(async () => acknowledge(db, at, landed))),
    leftovers: async (age, limit) => placesOf(db, age, clock.nowMs()).slice(0, limit),
    newestPolicyVersion: async () => newestPolicyVersion(db),
    status: async (feed, gapsMax) => ({
      ...statusOf(db, feed),
      gaps: gapsOf(ofFeed(db, feed), floorOf(db, feed), gapsMax),
    }),
    beginEpoch: (feed, least) =>
      translated(() =>
        db.statements([lockOf(feed)], async (atCommit) => {
          const { epoch, cursor } = epochOf(db, feed)
          const begun = {
            epoch: epoch + 1n > least ? epoch + 1n : least,
            ...(cursor && { cursor }),
          }
          atCommit(() => db.feedEpochs.set(lockOf(feed), begun))
          return begun
        }),
      ),
    keepCursor: (feed, kept) =>
      translated(() =>
        db.statements([lockOf(feed)], async (atCommit) => {
          if (epochOf(db, feed).epoch === kept.epoch)
            atCommit(() => db.feedEpochs.set(lockOf(feed), kept))
        }),
      ),
  }
}

function epochOf(db: MemoryDatabase, feed: Feed): FeedEpoch {
  return db.feedEpochs.get(lockOf(feed)) ?? { epoch: 0n }
}

function lockOf({ tenant, source }: Feed): string {
  return `feed ${tenant} ${source}`
}

interface TallyQuestion {
  readonly source: string
  readonly feeds: readonly FeedQuestion[]
  readonly partitions: readonly number[]
}

function tallyFree(
  db: MemoryDatabase,
  { source, feeds, partitions }: TallyQuestion,
): Promise<readonly FeedTally[]> {
  const free = feeds.filter(({ tenant }) => !db.isLocked(lockOf({ tenant, source })))
  const locks = free.map(({ tenant }) => lockOf({ tenant, source })).toSorted()
  return db.statements(locks, async () =>
    free.map(({ tenant, sequence }) => {
      const feed = { tenant, source }
      const rows = ofFeed(db, feed)
      const next = firstSequence(rows, floorOf(db, feed))
      const { epoch } = epochOf(db, feed)
      return { tenant, next, epoch, partitions: tallyOf(rows, partitions, sequence) }
    }),
  )
}

function tallyOf(
  rows: readonly StampRow[],
  partitions: readonly number[],
  upTo: bigint | undefined,
): readonly PartitionTally[] {
  return partitions.map((partition) => ({
    partition,
    last: numbersIn(rows, partition).reduce((max, n) => (n > max ? n : max), 0n),
    unacknowledged: rows.some(
      (row) => row.partition === partition && !row.acknowledged && isCovered(row, upTo),
    ),
  }))
}

function firstSequence(rows: readonly StampRow[], { nextSequence: from }: StampFloorRow): bigint {
  const [next = 1n] = firstFree(
    rows.map(({ sequence }) => sequence),
    1,
    from,
  )
  return next
}

/** Returns the key of a stamp row, for other writers of such rows. */
export function stampKey(feed: Feed, id: string, partition: number): string {
  return JSON.stringify([feed.tenant, feed.source, id, partition])
}

function transactionOf(
  db: MemoryDatabase,
  feed: Feed,
  write: (added: readonly NewStamp[]) => void,
): FeedTransaction {
  const rows = (): readonly StampRow[] => ofFeed(db, feed)
  return {
    epoch: epochOf(db, feed).epoch,
    find: async (ids, sequences) =>
      rows().filter(
        ({ id, sequence }) =>
          ids.includes(id) || (sequence !== null && sequences.includes(sequence)),
      ),
    freeSequences: async (count) =>
      firstFree(
        rows().map(({ sequence }) => sequence),
        count,
        floorOf(db, feed).nextSequence,
      ),
    freeNumbers: async (wanted) =>
      new Map(
        [...wanted].map(([partition, count]) => [
          partition,
          firstFree(
            numbersIn(rows(), partition),
            count,
            floorOf(db, feed).nextNumbers.get(partition),
          ),
        ]),
      ),
    tally: async (partitions, upTo) => tallyOf(rows(), partitions, upTo),
    async insert(added) {
      refuseTaken(db, feed, added)
      write(added)
    },
  }
}

function isCovered({ sequence }: StampRow, upTo: bigint | undefined): boolean {
  return upTo === undefined || sequence === null || sequence <= upTo
}

/** Returns the stamps of a feed. */
export function ofFeed(db: MemoryDatabase, { tenant, source }: Feed): readonly StampRow[] {
  return db.stamps.values().filter((row) => row.tenant === tenant && row.source === source)
}

/**
 * Throws if another writer has stored one of the stamps. The statement checks this, and so does the commit.
 */
function refuseTaken(db: MemoryDatabase, feed: Feed, added: readonly NewStamp[]): void {
  for (const { id, partition } of added) {
    if (db.stamps.get(stampKey(feed, id, partition)) === undefined) continue
    throw new FreshetError('database.serialization', 'Another writer stored the same event.')
  }
}

function insert(
  db: MemoryDatabase,
  feed: Feed,
  added: readonly NewStamp[],
  createdAtMs: number,
): void {
  refuseTaken(db, feed, added)
  for (const { record, ...stamp } of added) {
    const key = stampKey(feed, stamp.id, stamp.partition)
    const state = { acknowledged: false, offset: null, createdAtMs }
    db.stamps.set(key, { ...feed, ...stamp, ...record, ...state })
  }
}

function pendingOf(db: MemoryDatabase, at: FeedPartition): readonly PendingRecord[] {
  return ofFeed(db, at)
    .filter((row) => row.partition === at.partition && !row.acknowledged)
    .toSorted((a, b) => (a.number < b.number ? -1 : 1))
    .flatMap(({ id, number, key, value, headers }) =>
      headers === null ? [] : [{ id, number, record: { key, value, headers } }],
    )
}

function acknowledge(db: MemoryDatabase, at: FeedPartition, landed: readonly LandedRecord[]): void {
  for (const { id, number, offset } of landed) {
    const key = stampKey(at, id, at.partition)
    const row = db.stamps.get(key)
    if (row === undefined || row.acknowledged || row.number !== number) continue
    const noBytes = { key: null, value: null, headers: null }
    db.stamps.set(key, { ...row, ...noBytes, acknowledged: true, offset })
  }
}

function placesOf(
  db: MemoryDatabase,
  { olderThanMs, youngerThanMs = Infinity }: WaitingAge,
  nowMs: number,
): readonly FeedPartition[] {
  const places = new Map<string, FeedPartition>()
  for (const { tenant, source, partition, ...row } of db.stamps.values()) {
    const ageMs = nowMs - row.createdAtMs
    const isOfAge = ageMs > olderThanMs && ageMs < youngerThanMs
    if (row.acknowledged || row.headers === null || !isOfAge) continue
    places.set(JSON.stringify([tenant, source, partition]), { tenant, source, partition })
  }
  return [...places.values()]
}

function newestPolicyVersion(db: MemoryDatabase): number {
  const announced = ofFeed(db, { tenant: EVERY_TENANT, source: OWN_SOURCE })
  return Math.max(
    0,
    ...announced.map(({ sequence }) => Number(sequence ?? 0n)),
    ...db.registryVersions.values().map(({ pv }) => pv),
    ...db.progress.values().map(({ activePv }) => activePv),
  )
}

function gapsOf(
  rows: readonly StampRow[],
  { nextSequence }: StampFloorRow,
  limit: number,
): FeedStatus['gaps'] {
  const taken = rows
    .flatMap(({ sequence }) => (sequence !== null && sequence >= nextSequence ? sequence : []))
    .toSorted((a, b) => (a < b ? -1 : 1))
  const before = (index: number): bigint => taken[index - 1] ?? nextSequence - 1n
  return taken
    .flatMap((sequence, index) =>
      sequence > before(index) + 1n ? [{ from: before(index) + 1n, to: sequence - 1n }] : [],
    )
    .slice(0, limit)
}

function statusOf(db: MemoryDatabase, feed: Feed): Omit<FeedStatus, 'gaps'> {
  const rows = ofFeed(db, feed)
  const newest = rows.toReversed().toSorted((a, b) => b.createdAtMs - a.createdAtMs)[0]
  return {
    lastAccepted: newest ? { id: newest.id, acceptedAtMs: newest.createdAtMs } : null,
    next: firstSequence(rows, floorOf(db, feed)),
    above: rows.reduce(
      (top, { sequence }) => (sequence !== null && sequence >= top ? sequence + 1n : top),
      floorOf(db, feed).nextSequence,
    ),
    unacknowledged: rows.filter(({ acknowledged }) => !acknowledged).length,
  }
}

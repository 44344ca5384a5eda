import {
  CONTROL_PARTITION,
  denialKey,
  feedCondition,
  invariant,
  judgesLivingTokens,
  loadedPolicy,
  openAt,
  OWNERSHIP_MS,
  ROWS_PER_PUBLICATION_MAX,
  throughTable,
  type ClaimMap,
  type Clock,
  type FeedThrough,
  type LoadedPolicy,
  type Permanent,
  type PublishedPolicy,
  type PublisherSnapshot,
} from '@freshet/protocol'
import {
  claimMapHash,
  encodeClaimMap,
  quarantinedIdIn,
  permanentNameOf,
  REVOCATIONS_TOPIC,
} from '@freshet/wire'
import type { ForwardStore, PublishableRow, PublisherStore } from '@freshet/reconciler'
import type { MemoryDatabase } from '../memory-database.ts'
import { storeHead } from './memory-publisher-store.ts'
import { decodeRecord } from '../recorder/memory-record.ts'
import { translated } from '../translated.ts'
import type { FeedRow, OutboxRow, ProgressRow, PublisherRow } from '../memory-rows.ts'

/** The rows of one step of a root. They are few, so tests and simulations have roots of several steps. */
export const MEMORY_STEP_ROWS = 4

/** Creates the publisher's store in process. `baseAgeMs` is T_max + margin, as for the publisher. */
export function memoryPublisherStore(
  database: MemoryDatabase,
  policyOf: LoadedPolicy,
  clock: Clock,
  baseAgeMs: number,
): PublisherStore {
  const row = (partition: number): PublisherRow | undefined => publisherOf(database, partition)
  const update = (partition: number, more: Partial<PublisherRow>): void => {
    const before = row(partition) ?? unowned(partition)
    database.publishers.set(String(partition), { ...before, ...more })
  }
  const inTurn = <T>(work: () => T): Promise<T> =>
    translated(() => database.transaction(() => Promise.resolve(work())))
  return {
    take: (partition, owner) =>
      inTurn(() => {
        const before = row(partition) ?? unowned(partition)
        const isTaken = before.owner !== null && clock.nowMs() - before.renewedAtMs <= OWNERSHIP_MS
        if (isTaken) return undefined
        const generation = before.generation + 1n
        update(partition, { generation, owner, renewedAtMs: clock.nowMs() })
        return generation
      }),
    renew: (partition, generation) =>
      inTurn(() => {
        if (row(partition)?.generation !== generation) return false
        update(partition, { renewedAtMs: clock.nowMs() })
        return true
      }),
    release: (partition, generation) =>
      inTurn(() => {
        if (row(partition)?.generation === generation) update(partition, { owner: null })
      }),
    waiting: () => inTurn(() => partitionsWaiting(database)),
    snapshot: (partition, { through } = { through: true }) =>
      inTurn(() => {
        const waiting = waitingRows(database, partition)
        const snapshot = snapshotOf(database, partition, { policyOf, clock, ...waiting })
        return through ? snapshot : { ...snapshot, through: null }
      }),
    async readLive(partition, use) {
      const snapshot = await inTurn(() => {
        const rows = live(database, partition, { policyOf, clock, baseAgeMs })
        return snapshotOf(database, partition, { policyOf, clock, rows, isDrained: false })
      })
      return use({ status: snapshot, steps: stepsOf(snapshot.rows) })
    },
    store: (head) => inTurn(() => storeHead(database, head, clock)),
  }
}

function partitionsWaiting(database: MemoryDatabase): readonly number[] {
  const partitions = database.publishers.values().map(({ partition }) => partition)
  return partitions.filter((partition) => unpublished(database, partition).length > 0)
}

/** Creates the store of the rows for other topics, in process. */
export function memoryForwardStore(database: MemoryDatabase): ForwardStore {
  return {
    waits: (behind) =>
      Promise.resolve(ordered(database).some(({ topic, id }) => id > (behind.get(topic) ?? id))),
    pending: (topic, after, limit) =>
      Promise.resolve(
        ordered(database)
          .filter((row) => row.topic === topic && row.id > after)
          .slice(0, limit)
          .map((row) => ({ id: row.id, partition: row.partition, record: row })),
      ),
    remove(forwarded) {
      for (const { row, offset } of forwarded) {
        database.outbox.delete(String(row.id))
        const id = quarantinedIdIn(row.record)
        const quarantined = id === undefined ? undefined : database.quarantine.get(id)
        const { partition } = row
        if (quarantined)
          database.quarantine.set(quarantined.id, { ...quarantined, stands: { partition, offset } })
      }
      return Promise.resolve()
    },
  }
}

async function* stepsOf(
  rows: readonly PublishableRow[],
): AsyncGenerator<readonly PublishableRow[]> {
  for (let from = 0; from < rows.length; from += MEMORY_STEP_ROWS)
    yield rows.slice(from, from + MEMORY_STEP_ROWS)
}

interface Found {
  readonly policyOf: LoadedPolicy
  readonly clock: Clock
  readonly rows: readonly PublishableRow[]
  readonly isDrained: boolean
}

function snapshotOf(
  database: MemoryDatabase,
  partition: number,
  { policyOf, clock, rows, isDrained }: Found,
): PublisherSnapshot<PublishableRow> {
  const progress = database.progress.get(String(partition))
  const publisher = publisherOf(database, partition)
  invariant(progress && publisher, `Partition ${partition} has no progress or publisher row.`)
  const policy = activePolicy(progress, policyOf)
  const map = policy?.map ?? null
  const feeds = database.feeds.values().filter((feed) => feed.partition === partition)
  return {
    partition,
    rows,
    isDrained,
    e: progress.e,
    generation: publisher.generation,
    head: publisher.head,
    base: publisher.base,
    baseCandidates: database.checkpoints
      .values()
      .filter((candidate) => candidate.partition === partition)
      .sort((a, b) => (a.offset < b.offset ? -1 : 1)),
    signers: new Set(publisher.signers.keys()),
    permanents: partition === CONTROL_PARTITION ? permanents(database, map, publisher) : [],
    through: throughTable(feeds.map(toFeedThrough), policy),
    leasesMs: policy?.map.leasesMs ?? new Map(),
    minimumPv: progress.minimumPv,
    ...(progress.foreignSinceMs === undefined ? {} : { foreignSinceMs: progress.foreignSinceMs }),
    mapVersion: progress.activePv,
    mapHash: map ? claimMapHash(map) : '',
    next: { offset: progress.nextOffset, lastRecordHash: progress.lastHash },
    grants: openAt(progress.grants ?? [], clock.nowMs()),
    takenAtMs: clock.nowMs(),
  }
}

function activePolicy(
  progress: ProgressRow | undefined,
  policyOf: LoadedPolicy,
): PublishedPolicy | null {
  return progress
    ? loadedPolicy({ pv: progress.activePv, hash: progress.activeHash }, policyOf)
    : null
}

function toFeedThrough({ tenant, source, feed }: FeedRow): FeedThrough {
  return { tenant, source, throughMs: feed.throughMs, state: feedCondition(feed) }
}

function waitingRows(
  database: MemoryDatabase,
  partition: number,
): Pick<Found, 'rows' | 'isDrained'> {
  const all = unpublished(database, partition)
  const rows = all.slice(0, ROWS_PER_PUBLICATION_MAX)
  return { rows, isDrained: rows.length === all.length }
}

function unpublished(database: MemoryDatabase, partition: number): readonly PublishableRow[] {
  return ordered(database)
    .filter((row) => row.topic === REVOCATIONS_TOPIC && row.partition === partition)
    .map((row) => ({ id: row.id, record: row, permanent: permanentNameOf(partition, row) }))
}

function ordered(database: MemoryDatabase): readonly OutboxRow[] {
  return database.outbox.values().toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

interface LiveTerms {
  readonly policyOf: LoadedPolicy
  readonly clock: Clock
  readonly baseAgeMs: number
}

function live(
  database: MemoryDatabase,
  partition: number,
  { policyOf, clock, baseAgeMs: keptMs }: LiveTerms,
): readonly PublishableRow[] {
  const age = { nowMs: clock.nowMs(), keptMs }
  const isControl = partition === CONTROL_PARTITION
  const map = activePolicy(database.progress.get(String(partition)), policyOf)?.map
  const watermarks = database.watermarks.values().filter((row) => row.partition === partition)
  const denials = database.denials
    .values()
    .filter((denial) => isControl && judgesLivingTokens(denial, age))
  const times = watermarks.flatMap(({ timed }) => timed ?? [])
  const records = [...watermarks, ...times, ...denials].flatMap(({ record }) => record ?? [])
  return [
    ...(isControl && map ? [mapRow(map)] : []),
    ...records.map((bytes) => {
      const record = decodeRecord(bytes)
      return { id: null, record, permanent: permanentNameOf(partition, record) }
    }),
  ]
}

function permanents(
  database: MemoryDatabase,
  map: ClaimMap | null,
  publisher: PublisherRow,
): readonly Permanent<PublishableRow>[] {
  const mapped = map ? [{ row: mapRow(map), publishedIn: publisher.mapPublished }] : []
  const denied = database.denials
    .values()
    .flatMap(({ tenant, kind, target, record, published }) => {
      if (record === null || (kind !== 'key' && kind !== 'issuer')) return []
      const permanent = {
        kind: 'denial',
        denialKey: denialKey({ tenant, kind, id: target }),
      } as const
      const row = { id: null, record: decodeRecord(record), permanent }
      return [{ row, publishedIn: published ?? null }]
    })
  return [...mapped, ...denied]
}

function mapRow(map: ClaimMap): PublishableRow {
  return { id: null, record: encodeClaimMap(map).record, permanent: { kind: 'map' } }
}

function publisherOf(database: MemoryDatabase, partition: number): PublisherRow | undefined {
  return database.publishers.get(String(partition))
}

function unowned(partition: number): PublisherRow {
  const nothing = { owner: null, head: null, base: null, mapPublished: null, signers: new Map() }
  return { partition, generation: 0n, renewedAtMs: 0, ...nothing }
}

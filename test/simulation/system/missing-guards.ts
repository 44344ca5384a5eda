import type { LookAnswer, MintStore } from '@freshet/authority'
import { NO_VERSION, type ClaimMap, type ClaimState } from '@freshet/domain'
import { REVOCATIONS_TOPIC, type LogRecord } from '@freshet/events'
import type { StampStore } from '@freshet/intake'
import type { MemoryDatabase } from '@freshet/memory'
import type {
  LoadedState,
  MarkedAgain,
  MarkStore,
  PublisherStore,
  RecordedBatch,
  RecorderStore,
} from '@freshet/reconciler'
import type { LogEnds } from './guards.ts'

const FOREVER_MS = 10 ** 9
/** What a look sees where nothing was ever raised. */
const NOTHING: LookAnswer = { partitions: new Map(), watermarks: new Map(), denials: new Map() }

/** Rule 4: the claims of one reading under the label of a later one. */
export function claimsBeforeLabel(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    async snapshot(query) {
      const early = await store.snapshot(query)
      const { control, parties } = await store.snapshot(query)
      return { ...early, control, parties }
    },
  }
}

/** Rule 5: nobody looks whether the token was born stale. */
export function noLook(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    recordAndLook: async (minted, query) => {
      await store.recordAndLook(minted, query)
      return NOTHING
    },
  }
}

/** Rule 6: withdrawn values are minted. */
export function noTombstones(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    snapshot: async (query) => ({ ...(await store.snapshot(query)), withdrawn: new Map() }),
  }
}

/** S8: a token leaves while its ledger row, and so the look behind it, is still on its way. */
export function recordLater(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    recordAndLook(minted, query) {
      store.recordAndLook(minted, query).catch(() => undefined)
      return Promise.resolve(NOTHING)
    },
  }
}

function methodsOf(store: MintStore): MintStore {
  return {
    snapshot: (query) => store.snapshot(query),
    recordAndLook: (minted, query) => store.recordAndLook(minted, query),
    withhold: (token, mark) => store.withhold(token, mark),
  }
}

/** Rule 7: what arrived last holds, whatever its version. */
export function orderOfArrival(store: RecorderStore): RecorderStore {
  const forgetVersions = ({ elements }: ClaimState): ClaimState => ({
    floor: NO_VERSION,
    elements: new Map([...elements].map(([key, held]) => [key, { ...held, version: NO_VERSION }])),
  })
  return withLoad(store, (state) => ({
    ...state,
    claims: new Map(
      [...state.claims].map(([key, held]) => [key, { ...held, state: forgetVersions(held.state) }]),
    ),
  }))
}

/** Rule 12: a heartbeat counts although numbers before it are missing. */
export function noDensity(store: RecorderStore): RecorderStore {
  return withLoad(store, (state) => ({
    ...state,
    feeds: new Map(
      [...state.feeds].map(([key, held]) => {
        const feed = { ...held.feed, complete: 10n ** 15n, beyond: [] }
        return [key, { ...held, feed }]
      }),
    ),
  }))
}

/** Rule 35: the reconciler does not write back the stamps of what it applies. */
export function noStampsBack(store: RecorderStore): RecorderStore {
  return withTransaction(store, {
    save: (batch) => ({ ...batch, decision: { ...batch.decision, stamps: [] } }),
  })
}

/** S9: nothing is marked with the change, nor after it. */
export function noMarks(store: RecorderStore): RecorderStore {
  return withTransaction(store, {
    save: (batch) => ({ ...batch, decision: { ...batch.decision, marks: [] } }),
  })
}

/** S9: the marks of a batch are not made once more after its commit. */
export function noMarksAfterCommit(store: RecorderStore, database: MemoryDatabase): RecorderStore {
  return { ...withTransaction(store, {}), markAgain: () => forgetMarks(database) }
}

/** S9: nor in the background. */
export function noLateMarks(store: MarkStore, database: MemoryDatabase): MarkStore {
  return {
    markAgain: () => forgetMarks(database),
    markChunk: (limit) => store.markChunk(limit),
  }
}

function forgetMarks({ lateMarks }: MemoryDatabase): Promise<MarkedAgain> {
  for (const { id } of lateMarks.values()) lateMarks.delete(String(id))
  return Promise.resolve({ batches: 0, marked: 0 })
}

function withLoad(store: RecorderStore, load: (state: LoadedState) => LoadedState): RecorderStore {
  return withTransaction(store, { load })
}

function withTransaction(
  store: RecorderStore,
  change: {
    readonly load?: (state: LoadedState) => LoadedState
    readonly save?: (batch: RecordedBatch) => RecordedBatch
  },
): RecorderStore {
  const { load = (state) => state, save = (batch) => batch } = change
  return {
    ensureProgress: (partitions, e) => store.ensureProgress(partitions, e),
    progress: (partition) => store.progress(partition),
    markAgain: (partition, batches) => store.markAgain(partition, batches),
    inPartition: (partition, work) =>
      store.inPartition(partition, (tx) =>
        work({
          progress: tx.progress,
          load: async (needed, claims) => load(await tx.load(needed, claims)),
          save: (batch) => tx.save(save(batch)),
        }),
      ),
  }
}

/** Rule 34: a retry is answered because its event is stamped. */
export function stampedIsAnswered(store: StampStore): StampStore {
  return {
    ...stampMethods(store),
    find: async (feed, ids) =>
      (await store.find(feed, ids)).map((row) => ({
        ...row,
        acknowledged: true,
        offset: row.offset ?? 0n,
      })),
  }
}

function stampMethods(store: StampStore): StampStore {
  return {
    inFeed: (feed, work) => store.inFeed(feed, work),
    find: (feed, ids) => store.find(feed, ids),
    unacknowledged: (at, limit) => store.unacknowledged(at, limit),
    acknowledge: (at, landed) => store.acknowledge(at, landed),
    leftovers: (olderThanMs, limit) => store.leftovers(olderThanMs, limit),
    newestPolicyVersion: () => store.newestPolicyVersion(),
    status: (feed, holesMax) => store.status(feed, holesMax),
  }
}

/** Rule 11: a heartbeat stands behind all rows that wait but the last. */
export function heartbeatBeforeDrain(store: PublisherStore): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      return { ...snapshot, rows: snapshot.rows.slice(0, -1), isDrained: true }
    },
  }
}

/** Rule 48: denials are published once, and not again before the base passes them. */
export function denialsOnce(store: PublisherStore): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      const permanents = snapshot.permanents.filter(({ row }) => row.permanent?.kind === 'map')
      return { ...snapshot, permanents }
    },
  }
}

function publisherMethods(store: PublisherStore): PublisherStore {
  return {
    take: (partition, owner) => store.take(partition, owner),
    renew: (partition, generation) => store.renew(partition, generation),
    release: (partition, generation) => store.release(partition, generation),
    snapshot: (partition) => store.snapshot(partition),
    liveSnapshot: (partition) => store.liveSnapshot(partition),
    store: (head) => store.store(head),
  }
}

/** Rules 30 and 44: what was once written or read is believed to stand there for ever. */
export function noReadingBack({ reader, writer }: LogEnds): LogEnds {
  const known = new Map<string, LogRecord>()
  const keyOf = (partition: number, offset: bigint): string => `${partition} ${offset}`
  return {
    writer: {
      async append(topic, partition, records) {
        const { baseOffset, appendedAtMs } = await writer.append(topic, partition, records)
        records.forEach((record, at) => {
          const offset = baseOffset + BigInt(at)
          known.set(keyOf(partition, offset), { ...record, topic, partition, offset, appendedAtMs })
        })
        return { baseOffset, appendedAtMs }
      },
    },
    reader: {
      bounds: (topic) => reader.bounds(topic),
      follow: (topic, from, follower, signal) => reader.follow(topic, from, follower, signal),
      async read(topic, partition, from, limit) {
        const held = known.get(keyOf(partition, from))
        if (topic === REVOCATIONS_TOPIC && held !== undefined) return [held]
        return reader.read(topic, partition, from, limit)
      },
    },
  }
}

/** Rule 16: no silence of a source is too long. */
export function noLease(map: ClaimMap): ClaimMap {
  const leasesMs = [...map.leasesMs.keys()].map((source) => [source, FOREVER_MS] as const)
  return { ...map, leasesMs: new Map(leasesMs) }
}

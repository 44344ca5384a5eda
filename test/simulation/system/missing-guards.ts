import type { RecheckAnswer, MintOrder, MintStore } from '@freshet/authority'
import { CONTROL_PARTITION, type Clock } from '@freshet/protocol'
import { decodeRevocation, REVOCATIONS_TOPIC, type LogRecord } from '@freshet/wire'
import type { LiveRows, PruneStore, PublishableRow, PublisherStore } from '@freshet/reconciler'
import type { LogEnds } from './guards.ts'

/** The result of a recheck if nothing was ever raised. */
const NOTHING: RecheckAnswer = { partitions: new Map(), watermarks: new Map(), denials: new Map() }

/** Rule 4: a token has the claims of one reading and the label of a later one. */
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

/** Rule 5: no recheck finds a token that is stale at its mint. */
export function noRecheck(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    recordAndRecheck: async (minted, query) => {
      await store.recordAndRecheck(minted, query)
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

/** Rule 23: minting does not receive which keys were denied, and does not go on to the next key. */
export function deniedKeySigns(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    async snapshot(query) {
      const snapshot = await store.snapshot(query)
      return { ...snapshot, denied: snapshot.denied.filter(({ kind }) => kind !== 'key') }
    },
  }
}

/** S8: a token is released while its ledger row, and so its recheck, is still in progress. */
export function recordLater(store: MintStore): MintStore {
  return {
    ...methodsOf(store),
    recordAndRecheck(minted, query) {
      store.recordAndRecheck(minted, query).catch(() => undefined)
      return Promise.resolve(NOTHING)
    },
  }
}

function methodsOf(store: MintStore): MintStore {
  return {
    snapshot: (query) => store.snapshot(query),
    recordAndRecheck: (minted, query) => store.recordAndRecheck(minted, query),
    withhold: (token, mark) => store.withhold(token, mark),
  }
}

/** Rule 5: a change that ends a token during its exchange does not count. */
export function exchangedUnwatched(order: MintOrder): MintOrder {
  return { ...order, from: [] }
}

/** Rule 11: a heartbeat comes after all waiting rows but the last. */
export function heartbeatBeforeDrain(store: PublisherStore): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      return { ...snapshot, rows: snapshot.rows.slice(0, -1), isDrained: true }
    },
  }
}

async function* keptOf(
  steps: LiveRows['steps'],
  isKept: (row: PublishableRow) => boolean,
): AsyncGenerator<readonly PublishableRow[]> {
  for await (const rows of steps) yield rows.filter(isKept)
}

/** Rule 49: a new root has no denials except those of keys and issuers. */
export function rootWithoutTokens(store: PublisherStore): PublisherStore {
  return {
    ...publisherMethods(store),
    readLive(partition, use) {
      const isKept = ({ permanent, record }: PublishableRow): boolean =>
        permanent !== null || decodeRevocation({ ...record, partition })?.scope !== 'denial'
      return store.readLive(partition, ({ status, steps }) =>
        use({ status, steps: keptOf(steps, isKept) }),
      )
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

/** Rule 25: the database removes a denial while the token that it names is alive. */
export function denialsForgotten(store: PruneStore): PruneStore {
  return {
    ...store,
    pruneDenials: (kind, _, limit) => store.pruneDenials(kind, Number.POSITIVE_INFINITY, limit),
  }
}

/** Rule 25: a denial states an end before that of its token. */
export function endsAtOnce(): number {
  return 0
}

/** Rule 14: each source has a current `through` in the control partition, whatever is missing there. */
export function controlUnwatched(store: PublisherStore, clock: Clock): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      if (partition !== CONTROL_PARTITION || snapshot.through === null) return snapshot
      const complete = { atMs: clock.nowMs(), state: 'complete' } as const
      const through = [...snapshot.through].map(([tenant, sources]) => {
        return [tenant, new Map([...sources.keys()].map((source) => [source, complete]))] as const
      })
      return { ...snapshot, through: new Map(through) }
    },
  }
}

/** Returns the methods of a store, of which a caller replaces one. */
export function publisherMethods(store: PublisherStore): PublisherStore {
  return {
    take: (partition, owner) => store.take(partition, owner),
    renew: (partition, generation) => store.renew(partition, generation),
    release: (partition, generation) => store.release(partition, generation),
    waiting: () => store.waiting(),
    snapshot: (partition) => store.snapshot(partition),
    readLive: (partition, use) => store.readLive(partition, use),
    store: (head) => store.store(head),
  }
}

/** Rules 30 and 44: a record that was once written or read counts as present for ever. */
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
      bounds: (...args) => reader.bounds(...args),
      follow: (topic, from, follower, signal) => reader.follow(topic, from, follower, signal),
      async read(topic, partition, from, limit) {
        const held = known.get(keyOf(partition, from))
        if (topic === REVOCATIONS_TOPIC && held !== undefined) return [held]
        return reader.read(topic, partition, from, limit)
      },
    },
  }
}

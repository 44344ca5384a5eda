import { CONTROL_PARTITION, type BreakGlassGrant, type Clock } from '@freshet/protocol'
import type { LiveRows, PruneStore, PublishableRow, PublisherStore } from '@freshet/reconciler'
import { decodeRevocation, REVOCATIONS_TOPIC, type LogRecord } from '@freshet/wire'
import type { LogEnds } from '../system/guards.ts'
import { ROUTES } from '../system/operators.ts'
import type { ProductControl } from './control.ts'

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

/** Rule 8: times count as published since ever. */
function publishedSinceEver(store: PublisherStore): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      return snapshot.foreignSinceMs === undefined ? snapshot : { ...snapshot, foreignSinceMs: 0 }
    },
  }
}

const LATER_MS = 30_000

/** A grant does not end at its time. */
export function openForLonger(store: PublisherStore): PublisherStore {
  return withGrants(store, (grants) =>
    grants.map((each) => ({ ...each, untilMs: each.untilMs + LATER_MS })),
  )
}

/** A grant for one route opens all routes. */
export function openEverywhere(store: PublisherStore): PublisherStore {
  return withGrants(store, (grants) =>
    grants.flatMap((each) => ROUTES.map((route) => ({ ...each, route }))),
  )
}

function withGrants(
  store: PublisherStore,
  change: (grants: readonly BreakGlassGrant[]) => readonly BreakGlassGrant[],
): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      return { ...snapshot, grants: change(snapshot.grants ?? []) }
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

/** The controls of the publisher, and of the end of watermarks and denials. */
export const PUBLISHER_CONTROLS: readonly ProductControl[] = [
  {
    rule: '8',
    without: 'times count as published from the beginning',
    guards: { publisher: publishedSinceEver },
    mix: 'foreign',
    breaks: ['S1'],
    seeds: 40,
  },
  {
    rule: '11',
    without: 'a heartbeat does not wait for the last row',
    guards: { publisher: heartbeatBeforeDrain },
    mix: 'calm',
    breaks: ['S1'],
    seeds: 12,
  },
  {
    rule: '14',
    without: 'missing records of the control partition do not count',
    guards: { publisher: controlUnwatched },
    mix: 'network',
    breaks: ['S1', 'S2'],
    seeds: 10,
  },
  {
    rule: '25',
    without: 'watermarks are deleted before their tokens end',
    guards: { keepMs: 5_000 },
    mix: 'crashes',
    breaks: ['S1', 'S3', 'S7', 'S10'],
    seeds: 12,
  },
  {
    rule: '25',
    without: 'a denial ends before its token',
    guards: { denialEndMs: endsAtOnce },
    mix: 'operators',
    breaks: ['S1', 'S3', 'S10'],
    seeds: 120,
  },
  {
    rule: '25',
    without: 'the database deletes a denial before its token ends',
    guards: { pruner: denialsForgotten },
    mix: 'forgetting',
    breaks: ['S1', 'S3', 'S7', 'S9', 'S10'],
    seeds: 60,
  },
  {
    rule: '25, 49',
    without: 'a new root omits denials of living tokens',
    guards: { publisher: rootWithoutTokens },
    mix: 'forgetting',
    breaks: ['S1', 'S3', 'S10'],
    seeds: 40,
  },
  {
    rule: '30, 44',
    without: 'the publisher does not read back its batches',
    guards: { publisherLog: noReadingBack },
    mix: 'tails',
    breaks: ['V1', 'V2'],
    seeds: 20,
  },
  {
    rule: '48',
    without: 'denials of keys are published once, and never again',
    guards: { publisher: denialsOnce },
    mix: 'retention',
    breaks: ['S1', 'S10'],
    seeds: 30,
  },
  {
    rule: 'S2',
    without: 'a break-glass grant continues after its end',
    guards: { publisher: openForLonger },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S2',
    without: 'a break-glass grant for one route opens all routes',
    guards: { publisher: openEverywhere },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 12,
  },
]

import {
  feedKey,
  subjectKey,
  takingOf,
  type Ending,
  type HeldFeed,
  type Registry,
} from '@freshet/protocol'
import type { MemoryDatabase } from '@freshet/memory'
import type {
  QuarantineStore,
  RecorderStore,
  RecorderTransaction,
  ReplayParts,
} from '@freshet/reconciler'
import {
  CHANGES_TOPIC,
  incomingOf,
  isHeartbeatRecord,
  stampRecord,
  type LogReader,
  type LogRecord,
} from '@freshet/wire'
import { macKey } from '../system/keys.ts'
import type { ProductControl } from './control.ts'
import { unreadableIgnored, withDecision, withWalk } from './recorder.ts'

/** A snapshot can leave out any number of subjects. */
export function noRemovalGuard(registry: Registry): Registry {
  const sources = [...registry.sources].map(
    ([id, source]) => [id, { ...source, snapshotRemovalShare: 1 }] as const,
  )
  return { ...registry, sources: new Map(sources) }
}

/** A source's heartbeats count although its snapshot waits to be confirmed. */
export function heldCounts(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({
    ...decision,
    feeds: decision.feeds.map((held) =>
      held.statements.held ? { ...held, feed: { ...held.feed, halted: false } } : held,
    ),
  }))
}

/** Values that a snapshot does not contain stay as they were. */
export function nothingRemoved(store: RecorderStore): RecorderStore {
  return withWalk(store, (walked) => ({ ...walked, omitted: [], taken: null }))
}

/** The cursor of a walk moves on, and the removals of the step are not stored with it. */
export function cursorAlone(store: RecorderStore): RecorderStore {
  return withWalk(store, (walked, { after }) =>
    after === null ? walked : { ...walked, omitted: [] },
  )
}

/** A heartbeat of a source counts before the walk after its snapshot has ended. */
export function countsDuringWalk(store: RecorderStore): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work) => store.inPartition(partition, (tx) => work(withoutWalks(tx))),
  }
}

function withoutWalks(tx: RecorderTransaction): RecorderTransaction {
  const hidden = new Map<string, Ending>()
  const hide = (key: string, held: HeldFeed): HeldFeed => {
    const taking = takingOf(held.statements)
    if (taking === null) return held
    hidden.set(key, taking)
    return { ...held, statements: { ...held.statements, ending: null } }
  }
  const show = (held: HeldFeed): HeldFeed => {
    const ending = held.statements.ending ?? hidden.get(feedKey(held)) ?? null
    return { ...held, statements: { ...held.statements, ending } }
  }
  return {
    ...tx,
    async load(needed) {
      const state = await tx.load(needed)
      if (needed.claims.length > 0 || needed.snapshotRemoval !== null || needed.walks) return state
      return { ...state, feeds: new Map([...state.feeds].map(([k, held]) => [k, hide(k, held)])) }
    },
    save: (batch) =>
      tx.save({ ...batch, decision: { ...batch.decision, feeds: batch.decision.feeds.map(show) } }),
  }
}

/** An order can affect any number of tokens, unconfirmed. */
export function noCutOffGuard(registry: Registry): Registry {
  return { ...registry, cutOffShare: 1 }
}

/** No grant is closed before its time. */
export function noClosing(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => {
    const isClosing = decision.log.some(
      ({ kind, outcome }) => kind === 'close' && outcome === 'applied',
    )
    return isClosing ? { ...decision, grants: null } : decision
  })
}

type DoubtAt = ReturnType<MemoryDatabase['doubts']['values']>[number]

/** A number beyond all counted numbers. */
const FAR = 10n ** 13n

/** A key that no gateway ever had, and the one that stamps. */
const [STRANGE, STAMPING] = [macKey(0), macKey(1)]

/** A replayed record counts as the product's own, whatever its sender is. */
export function replayedIsProven(parts: ReplayParts): ReplayParts {
  return {
    ...parts,
    // A record that proves its source is read as before. Every other one counts as if a gateway had stamped it.
    authenticate: async (record, keys) => {
      const incoming = await parts.authenticate(record, keys)
      if (incoming.kind !== 'unauthentic') return incoming
      return incomingOf(record, { macKeys: [STRANGE, STAMPING], sourceKeys: () => [] })
    },
    writer: {
      append: (topic, partition, records) =>
        parts.writer.append(
          topic,
          partition,
          topic === CHANGES_TOPIC
            ? records.map((record) => stampRecord(record, { partition, number: FAR }, STAMPING))
            : records,
        ),
    },
  }
}

/** A dropped record no longer causes doubt. */
export function droppedIsSettled(
  store: QuarantineStore,
  { doubts }: MemoryDatabase,
): QuarantineStore {
  return {
    ...store,
    async drop(id, decision) {
      const quarantined = await store.find(id)
      for (const row of doubts.values())
        if (row.partition === quarantined?.partition && row.offset === quarantined.last.offset)
          doubts.set(keyOf(row), { ...row, settled: true })
      return store.drop(id, decision)
    },
  }
}

/** Returns the key in the form of the database in memory. */
function keyOf({ subject, claim, e, partition, offset }: DoubtAt): string {
  return JSON.stringify([subjectKey(subject), claim, String(e), partition, String(offset)])
}

/** Rule 32: an activation leaves nothing in doubt, whatever moved or came back with it. */
export function nothingDoubted(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) =>
    decision.activated === null ? decision : { ...decision, doubts: [] },
  )
}

/** Rule 32: a snapshot that began before an activation counts for what moved with it. */
export function openMeanwhile(store: RecorderStore): RecorderStore {
  return {
    ...store,
    inPartition: (partition, work, isShared = false) =>
      store.inPartition(
        partition,
        (tx) => {
          const before = new Map<string, HeldFeed>()
          return work({
            ...tx,
            async load(needed) {
              const state = await tx.load(needed)
              for (const [key, held] of state.feeds) before.set(key, held)
              return state
            },
            save(batch) {
              const { decision } = batch
              if (decision.activated === null) return tx.save(batch)
              const feeds = decision.feeds.map((held) => {
                const was = [...before.values()].find(
                  (each) => each.tenant === held.tenant && each.source === held.source,
                )
                return was === undefined ? held : { ...held, statements: was.statements }
              })
              return tx.save({ ...batch, decision: { ...decision, feeds } })
            },
          })
        },
        isShared,
      ),
  }
}

/** Rule 32: a snapshot begins whose state is older than the activation that gave its source something. */
export function olderStates(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({
    ...decision,
    policy: { ...decision.policy, given: new Map() },
  }))
}

/** Rule 20: a withdrawn value for a partner that left meanwhile is refused, as a grant is. */
export function partnerWithdrawalRefused(registry: Registry): Registry {
  const sources = [...registry.sources].map(([id, source]) => {
    const hasLeft = id === 'iga' && source.onBehalfOf.length === 0
    return [id, hasLeft ? { ...source, versions: 'element' as const } : source] as const
  })
  return { ...registry, sources: new Map(sources) }
}

/** A time in the future counts: heartbeats were appended later than any time that they can name. */
export function anyTimeCounts(reader: LogReader): LogReader {
  const later = (record: LogRecord): LogRecord =>
    isHeartbeatRecord(record) ? { ...record, appendedAtMs: Number.MAX_SAFE_INTEGER } : record
  return {
    bounds: (...args) => reader.bounds(...args),
    read: async (...args) => (await reader.read(...args)).map(later),
    follow: (topic, from, follower, signal) =>
      reader.follow(
        topic,
        from,
        {
          ...follower,
          onRecords: (partition, records, end) =>
            follower.onRecords(partition, records.map(later), end),
        },
        signal,
      ),
  }
}

/** The controls of snapshots, of operators’ orders, and of a registry that changes. */
export const OPERATOR_CONTROLS: readonly ProductControl[] = [
  {
    rule: 'S2',
    without: 'heartbeats count while a snapshot waits for confirmation',
    guards: { recorder: heldCounts },
    mix: 'statements',
    breaks: ['S2'],
    seeds: 12,
  },
  {
    rule: 'S9',
    without: 'a snapshot removes all that it omits without a confirmation',
    guards: { registry: noRemovalGuard },
    mix: 'statements',
    breaks: ['S6', 'S9', 'S11'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'claims that a snapshot omits remain',
    guards: { recorder: nothingRemoved },
    mix: 'statements',
    breaks: ['S1', 'S6'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'the cursor of a walk is stored without the removals of its step',
    guards: { recorder: cursorAlone },
    mix: 'statements',
    breaks: ['S1', 'S6'],
    seeds: 12,
  },
  {
    rule: 'S1',
    without: 'heartbeats count before the walk after a snapshot ends',
    guards: { recorder: countsDuringWalk },
    mix: 'statements',
    breaks: ['S1', 'S17'],
    seeds: 400,
  },
  {
    rule: 'S2',
    without: 'a break-glass grant cannot be closed before its end',
    guards: { recorder: noClosing },
    mix: 'operators',
    breaks: ['S2'],
    seeds: 40,
  },
  {
    rule: 'guards',
    without: 'no order needs a confirmation',
    guards: { registry: noCutOffGuard },
    mix: 'operators',
    breaks: ['guards', 'S9'],
    seeds: 12,
  },
  {
    rule: 'S16',
    without: 'a replayed record counts from every sender',
    guards: { replays: replayedIsProven },
    mix: 'quarantine',
    breaks: ['S6', 'S9', 'S16'],
    seeds: 12,
  },
  {
    rule: '20',
    without: 'dropping a record ends its doubt',
    guards: { quarantine: droppedIsSettled },
    mix: 'quarantine',
    breaks: ['S1', 'S6', 'S7'],
    seeds: 160,
  },
  {
    rule: '32',
    without: 'an activation leaves nothing in doubt',
    guards: { recorder: nothingDoubted },
    mix: 'providers',
    breaks: ['taken', 'lacking', 'report'],
    seeds: 12,
  },
  {
    rule: '32',
    without: 'a snapshot that began before an activation counts for what moved with it',
    guards: { recorder: openMeanwhile },
    mix: 'registry',
    breaks: ['taken', 'lacking', 'report'],
    seeds: 40,
  },
  {
    rule: '32',
    without:
      'a snapshot begins whose state is older than an activation that gave its source something',
    guards: { recorder: olderStates },
    mix: 'exports',
    breaks: ['taken', 'lacking', 'report'],
    seeds: 40,
  },
  {
    rule: '20',
    without: 'a removal for a partner that left meanwhile leaves nothing in doubt',
    guards: { recorder: unreadableIgnored },
    mix: 'partners',
    breaks: ['taken'],
    seeds: 220,
  },
  {
    rule: '20',
    without: 'a withdrawn value for a partner that left meanwhile is refused',
    guards: { registry: partnerWithdrawalRefused },
    mix: 'partners',
    breaks: ['taken'],
    seeds: 40,
  },
  {
    rule: '16',
    without: 'a heartbeat that is ahead of the broker counts',
    guards: { changeReader: anyTimeCounts },
    mix: 'ahead',
    breaks: ['V1', 'remedy', 'taken', 'lacking'],
    seeds: 20,
  },
  {
    rule: '2',
    without: 'the floor of the outbox stays where ids begin again below it',
    guards: { floors: false },
    mix: 'failover',
    breaks: ['V1', 'taken', 'lacking'],
    seeds: 20,
  },
  {
    rule: '32',
    without: 'an activation has no minimum',
    guards: { minimum: () => 0 },
    mix: 'audiences',
    breaks: ['taken', 'lacking'],
    seeds: 40,
  },
]

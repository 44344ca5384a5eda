import {
  NO_VERSION,
  type BatchDecision,
  type ClaimState,
  type HeldFeed,
  type Scope,
  type WalkedClaims,
} from '@freshet/protocol'
import { memoryMarkStore, type MemoryDatabase } from '@freshet/memory'
import type {
  LoadedState,
  RecordedBatch,
  RecordedProgress,
  RecorderStore,
  WalkStep,
} from '@freshet/reconciler'
import { markAll, withSave } from '@freshet/testkit'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { isQuiet, NEIGHBOUR, TENANT } from '../system/deployment.ts'
import type { ProductControl } from './control.ts'

/** Rule 7: the latest arrival holds, whatever its version. */
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

/** Rule 13: `through` of a source is the time of its latest event, whatever is missing before it. */
export function eventsCountAsThrough(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({
    ...decision,
    feeds: decision.feeds.map((held) => {
      const own = decision.log.filter(({ source }) => source === held.source)
      const throughMs = Math.max(
        held.feed.throughMs ?? 0,
        ...own.map(({ occurredAtMs }) => occurredAtMs),
      )
      return throughMs === 0 ? held : { ...held, feed: { ...held.feed, throughMs } }
    }),
  }))
}

/**
 * Rule 2: heartbeats that are recorded together use as the stored position the one that this process stored
 * last.
 */
export function placeUnread(store: RecorderStore): RecorderStore {
  const places = new Map<number, Pick<RecordedProgress, 'e' | 'nextOffset'>>()
  return {
    ...store,
    inPartition: (partition, work, isShared = false) =>
      store.inPartition(
        partition,
        (tx) => {
          const { progress } = tx
          const place = isShared ? places.get(partition) : undefined
          return work({
            ...tx,
            progress: { ...progress, ...place },
            save(batch) {
              const { nextOffset } = batch.decision
              places.set(partition, { e: place?.e ?? progress.e, nextOffset })
              return tx.save(batch)
            },
          })
        },
        isShared,
      ),
  }
}

/** Rule 20: an unreadable record raises only the watermark, and the old state is minted. */
export function noDoubt(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({ ...decision, doubts: [] }))
}

/** Rule 20: an unreadable record is quarantined, and changes nothing. */
export function unreadableIgnored(store: RecorderStore): RecorderStore {
  return withTransaction(store, {
    save(batch) {
      const { decision } = batch
      const unreadable = decision.log.filter(({ kind }) => kind === 'unreadable')
      const isOther = ({ change }: { readonly change: string }): boolean =>
        unreadable.every(({ id }) => id !== change)
      return {
        ...batch,
        outbox: batch.outbox.filter(({ cause }) => cause === null || isOther(cause)),
        decision: {
          ...decision,
          doubts: [],
          feeds: decision.feeds.map((held) => ({ ...held, feed: { ...held.feed, halted: false } })),
          watermarks: decision.watermarks.filter(isOther),
          marks: decision.marks.filter(isOther),
        },
      }
    },
  })
}

/** Rule 35: the reconciler does not write back the stamps of what it applies. */
export function noStampsBack(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({ ...decision, stamps: [] }))
}

/** S9: no change leaves marks. */
export function noMarks(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({ ...decision, marks: [] }))
}

/** S9: marks are made while their change is recorded, and not after its commit. */
export function marksBeforeCommit(store: RecorderStore, database: MemoryDatabase): RecorderStore {
  return withSave(store, async (batch, save) => {
    await markNow(database, batch)
    await save({ ...batch, decision: { ...batch.decision, marks: [] } })
  })
}

async function markNow(
  database: MemoryDatabase,
  { decision, appliedAtMs: atMs }: RecordedBatch,
): Promise<void> {
  for (const mark of decision.marks) {
    const id = database.nextId()
    const start = { id, partition: 0, atMs, cursor: '', turn: id }
    database.tokenMarks.set(String(id), { ...mark, ...start })
  }
  await markAll(memoryMarkStore(database))
}

/** Rule 8: edges receive times only with removals from our own copy. */
function ownLossesAlone(store: RecorderStore): RecorderStore {
  return withBatch(store, (batch) => {
    const timesAlone = batch.decision.publications.flatMap((publication) => {
      const revocation = publication.kind === 'revocation' ? publication.revocation : undefined
      return revocation?.scope === 'subject' && revocation.claims.size === 0
        ? revocation.change
        : []
    })
    const isKept = ({ topic, cause }: (typeof batch.outbox)[number]): boolean =>
      topic !== REVOCATIONS_TOPIC || !timesAlone.includes(cause?.change ?? '')
    return { ...batch, outbox: batch.outbox.filter(isKept) }
  })
}

/** S15: a withdrawal or cut-off in one tenant applies to the other, too. */
export function wideForAll(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({
    ...decision,
    watermarks: decision.watermarks.flatMap((raised) => {
      const { scope } = raised
      if (scope.kind === 'subject' || scope.kind === 'account') return [raised]
      return [raised, { ...raised, scope: otherTenant(scope) }]
    }),
  }))
}

function otherTenant<S extends Extract<Scope, { readonly tenant: string }>>(scope: S): S {
  return { ...scope, tenant: scope.tenant === TENANT ? NEIGHBOUR : TENANT }
}

/** The lag from which heartbeats of other tenants count for a left-out tenant, too. */
const LEFT_OUT_MS = 3_000

/** Rule 12: a heartbeat for many tenants counts also for the tenants that it leaves out. */
export function leftOutCounts(store: RecorderStore): RecorderStore {
  const known = new Map<string, HeldFeed>()
  return withDecision(store, (decision) => {
    const quiet = decision.feeds.filter(({ tenant }) => isQuiet(tenant))
    for (const feed of quiet) known.set(`${feed.source} ${feed.tenant}`, feed)
    const latest = new Map(quiet.map(({ source, feed }) => [source, feed.throughMs ?? 0]))
    const others = [...known.values()].flatMap((held) => {
      const throughMs = latest.get(held.source) ?? 0
      const isLeftOut = (held.feed.throughMs ?? 0) < throughMs - LEFT_OUT_MS
      return isLeftOut ? [{ ...held, feed: { ...held.feed, throughMs } }] : []
    })
    return { ...decision, feeds: [...decision.feeds, ...others] }
  })
}

/** Replaces the stored state. */
export function withLoad(
  store: RecorderStore,
  load: (state: LoadedState) => LoadedState,
): RecorderStore {
  return withTransaction(store, { load })
}

/** Replaces a step of a walk. */
export function withWalk(
  store: RecorderStore,
  walk: (walked: WalkedClaims, step: WalkStep) => WalkedClaims,
): RecorderStore {
  return withTransaction(store, { walk })
}

/** Replaces the product's decision. */
export function withDecision(
  store: RecorderStore,
  change: (decision: BatchDecision) => BatchDecision,
): RecorderStore {
  return withTransaction(store, {
    save: (batch) => ({ ...batch, decision: change(batch.decision) }),
  })
}

/** Replaces the product's batch. */
export function withBatch(
  store: RecorderStore,
  save: (batch: RecordedBatch) => RecordedBatch,
): RecorderStore {
  return withTransaction(store, { save })
}

function withTransaction(
  store: RecorderStore,
  change: {
    readonly load?: (state: LoadedState) => LoadedState
    readonly walk?: (walked: WalkedClaims, step: WalkStep) => WalkedClaims
    readonly save?: (batch: RecordedBatch) => RecordedBatch
  },
): RecorderStore {
  const { load = (state) => state, walk = (walked) => walked, save = (batch) => batch } = change
  return {
    ensureProgress: (partitions, e) => store.ensureProgress(partitions, e),
    progress: (partition) => store.progress(partition),
    notePause: (pause) => store.notePause(pause),
    walkedPartitions: () => store.walkedPartitions(),
    inPartition: (partition, work, isShared) =>
      store.inPartition(
        partition,
        (tx) =>
          work({
            progress: tx.progress,
            load: async (needed) => load(await tx.load(needed)),
            walk: async (step) => walk(await tx.walk(step), step),
            walking: () => tx.walking(),
            save: (batch) => tx.save(save(batch)),
          }),
        isShared,
      ),
  }
}

/** The controls of the recorder. */
export const RECORDER_CONTROLS: readonly ProductControl[] = [
  {
    rule: '2',
    without: 'a batch of heartbeats does not read the stored position',
    guards: { recorder: placeUnread },
    mix: 'restore',
    breaks: ['S1', 'S6', 'S7', 'S11', 'S17', 'V1'],
    seeds: 12,
  },
  {
    rule: '7',
    without: 'the last arrival wins',
    guards: { recorder: orderOfArrival },
    mix: 'network',
    breaks: ['S1', 'S6', 'S7', 'missed'],
    seeds: 12,
  },
  {
    rule: '8',
    without: 'the reconciler publishes a time only if its stored values changed',
    guards: { recorder: ownLossesAlone },
    mix: 'foreign',
    breaks: ['S1'],
    seeds: 40,
  },
  {
    rule: '12',
    without: 'a heartbeat counts despite a gap before it',
    guards: { recorder: noDensity },
    mix: 'history',
    breaks: ['S1', 'S17'],
    seeds: 40,
  },
  {
    rule: '12',
    without: 'a heartbeat also counts for a tenant that it omits',
    guards: { recorder: leftOutCounts },
    mix: 'companies',
    breaks: ['S2', 'V2'],
    seeds: 4,
  },
  {
    rule: '13',
    without: 'the last event of a source advances `through`',
    guards: { recorder: eventsCountAsThrough },
    mix: 'network',
    breaks: ['S1', 'S2', 'S17'],
    seeds: 12,
  },
  {
    rule: '20',
    without: 'an unreadable record only raises the watermark',
    guards: { recorder: noDoubt },
    mix: 'poison',
    breaks: ['S1', 'S7', 'S11'],
    seeds: 12,
  },
  {
    rule: '20',
    without: 'an unreadable record is only quarantined',
    guards: { recorder: unreadableIgnored },
    mix: 'poison',
    breaks: ['S1', 'S7'],
    seeds: 12,
  },
  {
    rule: '35',
    without: 'the reconciler writes no stamps back',
    guards: { recorder: noStampsBack },
    mix: 'restore',
    breaks: ['V1'],
    seeds: 12,
  },
  {
    rule: 'S9',
    without: 'changes leave no marks',
    guards: { recorder: noMarks },
    mix: 'calm',
    breaks: ['S9'],
    seeds: 12,
  },
  {
    rule: 'S9',
    without: 'tokens are marked before the commit of their change, and never after',
    guards: { recorder: marksBeforeCommit },
    mix: 'network',
    breaks: ['S9'],
    seeds: 160,
  },
  {
    rule: 'S15',
    without: 'a withdrawal or cut-off in one tenant applies to the other',
    guards: { recorder: wideForAll },
    mix: 'tenants',
    breaks: ['S15'],
    seeds: 12,
  },
]

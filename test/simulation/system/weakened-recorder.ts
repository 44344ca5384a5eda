import {
  NO_VERSION,
  type BatchDecision,
  type ClaimState,
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

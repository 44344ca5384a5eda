import { feedKey, takingOf, type Ending, type HeldFeed, type Registry } from '@freshet/protocol'
import type { RecorderStore, RecorderTransaction } from '@freshet/reconciler'
import { withDecision, withWalk } from './weakened-recorder.ts'

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

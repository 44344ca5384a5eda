import type { Registry } from '@freshet/domain'
import type { RecorderStore } from '@freshet/reconciler'
import { withDecision, withLoad } from './weakened-recorder.ts'

/** A full statement may leave out whatever it likes. */
export function noSweepGuard(registry: Registry): Registry {
  const sources = [...registry.sources].map(
    ([id, source]) => [id, { ...source, sweepShare: 1 }] as const,
  )
  return { ...registry, sources: new Map(sources) }
}

/** A source is heard although its full statement waits to be confirmed. */
export function heldIsHeard(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => ({
    ...decision,
    feeds: decision.feeds.map((held) =>
      held.statements.held ? { ...held, feed: { ...held.feed, halted: false } } : held,
    ),
  }))
}

/** What a full statement does not name stays as it was. */
export function nothingSwept(store: RecorderStore): RecorderStore {
  return withLoad(store, (state) => ({ ...state, swept: [], sweptMore: false }))
}

import type { Opening, Registry } from '@freshet/domain'
import type { PublisherStore, RecorderStore } from '@freshet/reconciler'
import { publisherMethods } from './missing-guards.ts'
import { ROUTES } from './operators.ts'
import { withDecision } from './weakened-recorder.ts'

const LATER_MS = 30_000

/** An order may touch whatever it likes, unconfirmed. */
export function noCutOffGuard(registry: Registry): Registry {
  return { ...registry, cutOffShare: 1 }
}

/** An opening does not end at its time. */
export function openForLonger(store: PublisherStore): PublisherStore {
  return withOpenings(store, (openings) =>
    openings.map((each) => ({ ...each, untilMs: each.untilMs + LATER_MS })),
  )
}

/** What is open on one route is open on all. */
export function openEverywhere(store: PublisherStore): PublisherStore {
  return withOpenings(store, (openings) =>
    openings.flatMap((each) => ROUTES.map((route) => ({ ...each, route }))),
  )
}

/** Nothing is closed before its time. */
export function noClosing(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => {
    const isClosing = decision.log.some(
      ({ kind, outcome }) => kind === 'close' && outcome === 'applied',
    )
    return isClosing ? { ...decision, openings: null } : decision
  })
}

function withOpenings(
  store: PublisherStore,
  change: (openings: readonly Opening[]) => readonly Opening[],
): PublisherStore {
  return {
    ...publisherMethods(store),
    async snapshot(partition) {
      const snapshot = await store.snapshot(partition)
      return { ...snapshot, openings: change(snapshot.openings ?? []) }
    },
  }
}

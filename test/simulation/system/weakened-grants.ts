import type { BreakGlassGrant, Registry } from '@freshet/protocol'
import type { PublisherStore, RecorderStore } from '@freshet/reconciler'
import { publisherMethods } from './missing-guards.ts'
import { ROUTES } from './operators.ts'
import { withDecision } from './weakened-recorder.ts'

const LATER_MS = 30_000

/** An order can affect any number of tokens, unconfirmed. */
export function noCutOffGuard(registry: Registry): Registry {
  return { ...registry, cutOffShare: 1 }
}

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

/** No grant is closed before its time. */
export function noClosing(store: RecorderStore): RecorderStore {
  return withDecision(store, (decision) => {
    const isClosing = decision.log.some(
      ({ kind, outcome }) => kind === 'close' && outcome === 'applied',
    )
    return isClosing ? { ...decision, grants: null } : decision
  })
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

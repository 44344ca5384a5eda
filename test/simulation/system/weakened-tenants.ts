import type { HeldFeed, Scope } from '@freshet/protocol'
import type { FeedTally, StampStore } from '@freshet/intake'
import type { RecorderStore } from '@freshet/reconciler'
import { isQuiet, NEIGHBOUR, TENANT } from './deployment.ts'
import { withDecision } from './weakened-recorder.ts'

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

/** S15: the key of a feed is its source alone. */
export function feedsOfSources(store: StampStore): StampStore {
  const shared = <F extends { readonly tenant: string }>(feed: F): F => ({
    ...feed,
    tenant: TENANT,
  })
  return {
    inFeed: (feed, work) => store.inFeed(shared(feed), work),
    async tallyFree(source, feeds, partitions) {
      const tallies: FeedTally[] = []
      for (const { tenant, ...of } of feeds) {
        const ownTallies = await store.tallyFree(source, [shared({ tenant, ...of })], partitions)
        tallies.push(...ownTallies.map((tally) => ({ ...tally, tenant })))
      }
      return tallies
    },
    find: (feed, ids) => store.find(shared(feed), ids),
    unacknowledged: (at, ...args) => store.unacknowledged(shared(at), ...args),
    acknowledge: (at, landed) => store.acknowledge(shared(at), landed),
    leftovers: (age, limit) => store.leftovers(age, limit),
    newestPolicyVersion: () => store.newestPolicyVersion(),
    status: (feed, gapsMax) => store.status(shared(feed), gapsMax),
  }
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

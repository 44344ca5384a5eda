import type { HeldFeed, Scope } from '@freshet/protocol'
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

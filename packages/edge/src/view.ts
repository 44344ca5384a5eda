import { CONTROL_PARTITION, partitionOf, PARTITIONS, type Clock } from '@freshet/protocol'
import type { RevocationFollower } from './follow/revocation-follower.ts'
import type { EdgeKnowledge } from './knowledge/edge-knowledge.ts'
import { tenantsServed, type VouchGround } from './knowledge/unverified-sources.ts'
import { FOLLOW_LEASE_MS, LAGGING_AFTER_MS } from './limits.ts'
import type { RoutesInForce } from './edge.ts'
import type { EdgeParts } from './parts.ts'
import type { EdgeStats } from './report/edge-stats.ts'
import type { VerifiedToken } from './token/token-claims.ts'

/** Every partition is live and the map in force is held. */
export function isLive(follower: RevocationFollower, knowledge: EdgeKnowledge): boolean {
  const { feeds, waiting } = follower
  return waiting.size === 0 && feeds.every(({ live }) => live) && knowledge.map !== undefined
}

/** Every partition has caught up with its head and the map in force is held: silent sources do not count. */
export function isCaughtUp(follower: RevocationFollower, knowledge: EdgeKnowledge): boolean {
  const { feeds, waiting } = follower
  return waiting.size === 0 && feeds.every((feed) => feed.caughtUp) && knowledge.map !== undefined
}

/** Age of the oldest view among the partitions that judge this token, or among all. */
export function viewAgeMs(follower: RevocationFollower, verified?: VerifiedToken): number | null {
  const used =
    verified === undefined
      ? PARTITIONS
      : [CONTROL_PARTITION, ...verified.token.parties.map(({ subject }) => partitionOf(subject))]
  let oldest = 0
  for (const partition of used) {
    const age = follower.feed(partition)?.viewAgeMs() ?? null
    if (age === null) return null
    oldest = Math.max(oldest, age)
  }
  return oldest
}

/** The state of the whole edge. */
export function stateOf(
  follower: RevocationFollower,
  knowledge: EdgeKnowledge,
  wasReady: boolean,
): EdgeStats['state'] {
  if (!wasReady) return 'starting'
  const age = viewAgeMs(follower)
  const isLost = age === null || age > FOLLOW_LEASE_MS || knowledge.isOverflowing
  if (isLost || !isLive(follower, knowledge)) return 'unverified'
  return age > LAGGING_AFTER_MS ? 'lagging' : 'live'
}

/** Looks at the sources that the whole edge cannot vouch for now. */
export function checkSources({
  follower,
  knowledge,
  settings,
  vouching,
}: Pick<EdgeParts, 'follower' | 'knowledge' | 'settings' | 'vouching'>): void {
  const age = viewAgeMs(follower)
  if (age === null || age > FOLLOW_LEASE_MS || !isLive(follower, knowledge)) {
    vouching.check(undefined, [])
    return
  }
  const known = knowledge.view(CONTROL_PARTITION)?.tenants() ?? []
  const tenants = tenantsServed(settings.tenants, known, knowledge.leases.tenants)
  const now = stoppedAt(knowledge.clock)
  const ground: VouchGround = {
    map: knowledge.map,
    view: (partition) => knowledge.view(partition),
    trust: (tenant, source, partition) => knowledge.trust(tenant, source, partition, now),
  }
  vouching.check(ground, tenants)
}

/** The clock as it is now: all sources are judged at one moment, and it is read once. */
function stoppedAt(clock: Clock): Clock {
  const [wallMs, monoMs] = [clock.nowMs(), clock.monotonicMs()]
  return { nowMs: () => wallMs, monotonicMs: () => monoMs }
}

/** The routes that the claim map in force declares. */
export function routesInForce({ map }: EdgeKnowledge): RoutesInForce | undefined {
  if (map === undefined) return undefined
  const { version, routes } = map
  return routes === undefined ? { version } : { version, routes }
}

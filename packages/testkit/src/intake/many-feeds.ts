import {
  claimMapOf,
  planPublication,
  PUBLISH_LIMITS,
  throughTable,
  type Grouping,
  type Heartbeat,
  type PublishedPolicy,
  type PublisherSnapshot,
  type StatedThrough,
} from '@freshet/protocol'
import { tenantListName } from '@freshet/wire'
import { acmeRegistry } from '../acme-registry.ts'

/** Tenants that each have all sources. */
export const MANY_TENANTS: readonly string[] = Array.from(
  { length: 4_000 },
  (_, n) => `tenant-${String(n).padStart(4, '0')}`,
)
/** Sources of every tenant. */
export const MANY_SOURCES: readonly string[] = ['hr', 'iga', 'security', 'partners']
/** A policy version that has all of them. */
export const MANY_POLICY: PublishedPolicy = {
  map: {
    ...claimMapOf(acmeRegistry()),
    leasesMs: new Map(MANY_SOURCES.map((source) => [source, 5_000])),
  },
  tenants: new Set(MANY_TENANTS),
}
const REF = { hash: tenantListName(['base']), offset: 123_456n }
/** One that stands where a publisher's does, with its members of usual lengths. */
const SNAPSHOT: Omit<PublisherSnapshot<never>, 'through'> = {
  partition: 3,
  e: 1_795_000_000n,
  generation: 17n,
  head: { ...REF, storedAtMs: 0 },
  base: REF,
  baseCandidates: [],
  signers: new Set(),
  rows: [],
  isDrained: true,
  permanents: [],
  leasesMs: MANY_POLICY.map.leasesMs,
  minimumPv: 12,
  mapVersion: 12,
  mapHash: REF.hash,
  next: { offset: 987_654_321n, lastRecordHash: REF.hash },
  takenAtMs: 0,
}

/** The snapshot of all feeds for a publisher: each `through` is within the second before `nowMs`. */
export function manyFeedsAt(nowMs: number): PublisherSnapshot<never> {
  const feeds = MANY_TENANTS.flatMap((tenant, n) =>
    MANY_SOURCES.map((source) => {
      return { tenant, source, throughMs: nowMs - ((n * 7) % 1_000), state: 'complete' } as const
    }),
  )
  return { ...SNAPSHOT, through: throughTable(feeds, MANY_POLICY) }
}

/** The way in which a publisher states the feeds: in groups behind its last statement, or each by itself as before groups. */
export type Stating = { readonly groups: StatedThrough | null } | 'alone'

/** The heartbeat of a snapshot, and what the next one rests on. */
export function manyFeedsHeartbeat(
  snapshot: PublisherSnapshot<never>,
  stating: Stating,
  nowMonoMs: number,
): { readonly heartbeat: Heartbeat; readonly next: Stating } {
  const plan = planPublication(
    snapshot,
    {
      generation: snapshot.generation,
      isHeadIntact: true,
      publishedKeys: new Set(),
      sinceHeartbeatMs: PUBLISH_LIMITS.heartbeatIntervalMs,
      baseAgeMs: 4_200_000,
      ...groupingOf(stating, nowMonoMs),
    },
    PUBLISH_LIMITS,
  )
  const heartbeat = plan.kind === 'continue' ? plan.batches.at(-1)?.heartbeat : undefined
  if (plan.kind !== 'continue' || !heartbeat) throw new Error(`The plan is ${plan.kind}.`)
  return { heartbeat, next: stating === 'alone' ? stating : { groups: plan.stated } }
}

function groupingOf(stating: Stating, nowMonoMs: number): { readonly grouping?: Grouping } {
  if (stating === 'alone') return {}
  return { grouping: { nameOf: tenantListName, stated: stating.groups, nowMonoMs } }
}

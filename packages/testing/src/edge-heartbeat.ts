import type { CheckpointRef, ClaimMap, Clock, Heartbeat, BreakGlassGrant } from '@freshet/protocol'
import { encodeClaimMap, type SigningKey } from '@freshet/wire'

/** The members of one heartbeat that differ from the world's defaults. */
export interface HeartbeatPlan {
  readonly partitions?: readonly number[]
  /** `through` by source, in wall time; default the present for all sources. `null` leaves it out. */
  readonly through?: Readonly<Record<string, number | null>>
  readonly minimumPv?: number
  /** Tenants with a current `through`; default acme. */
  readonly tenants?: readonly string[]
  /** The break-glass grants, at the present place of the control partition; default none, at 1,000. */
  readonly openings?: readonly BreakGlassGrant[]
  readonly next?: bigint
  readonly map?: ClaimMap
  readonly key?: SigningKey
  /** The `through` of sources, in place of `through` and `tenants`. */
  readonly stated?: Pick<Heartbeat, 'through' | 'groups'>
}

/** The defaults of the members of heartbeats. */
interface HeartbeatWorld {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly map: ClaimMap
  readonly foreignSinceMs?: number
  readonly tokenLifeMaxMs?: number
}

/** The heartbeat that a publisher of the world sends to one partition. */
export function heartbeatOf(
  world: HeartbeatWorld,
  plan: HeartbeatPlan,
  base: CheckpointRef,
): Heartbeat {
  const { openings: grants, next: offset = 1_000n, minimumPv = 0, map = world.map } = plan
  const { foreignSinceMs, tokenLifeMaxMs } = world
  return {
    ...(plan.stated ?? { through: throughOf(map, plan, world.clock.nowMs()) }),
    minimumPv,
    ...(foreignSinceMs === undefined ? {} : { foreignSinceMs }),
    mapVersion: map.version,
    mapHash: encodeClaimMap(map).hash,
    next: { offset, lastRecordHash: null },
    base,
    ...(tokenLifeMaxMs === undefined ? {} : { tokenLifeMaxMs }),
    ...(grants === undefined ? {} : { grants }),
  }
}

function throughOf(
  map: ClaimMap,
  { through = {}, tenants = ['acme'] }: HeartbeatPlan,
  nowMs: number,
): Heartbeat['through'] {
  const sources = sourcesIn(map, through, nowMs)
  return new Map(tenants.map((tenant) => [tenant, sources]))
}

function sourcesIn(
  map: ClaimMap,
  throughMs: Readonly<Record<string, number | null>>,
  nowMs: number,
): ReadonlyMap<string, { atMs: number | null; state: 'complete' }> {
  const sources = [...map.leasesMs.keys()].flatMap((source) => {
    const atMs = throughMs[source] === undefined ? nowMs : throughMs[source]
    return atMs === null ? [] : [[source, { atMs, state: 'complete' as const }] as const]
  })
  return new Map(sources)
}

import {
  CONTROL_PARTITION,
  PARTITIONS,
  sourcesBehind,
  type ClaimMap,
  type PartitionView,
  type Trust,
} from '@freshet/protocol'
import { PROBE_NAME } from '@freshet/protocol/slo'
import {
  UNVERIFIED_SOURCES_MAX,
  type UnverifiedSource,
  type UnverifiedSources,
} from '@freshet/wire'
import type { ServedTenants } from '../token/tenancy.ts'

/** The part of an edge's knowledge that decides which sources it can vouch for. */
export interface VouchGround {
  readonly map: ClaimMap | undefined
  view(partition: number): PartitionView | undefined
  trust(tenant: string, source: string, partition: number): Trust
}

/** The sources of an edge whose own view is too old or not complete: it names none. */
const OUT_OF_VIEW: UnverifiedSources = { isOutOfView: true, sources: [], more: 0 }

/**
 * The sources that an edge cannot vouch for in its tenants (rules 14 and 15). A source of claims is judged in
 * every partition, and the time is that of the partition that is behind all others. A tenant without any
 * heartbeat of such a source does not use it: then it is not listed.
 *
 * Each look judges a limited number of tenants. An edge with more of them judges the next ones with the next
 * look, and repeats of the others what it found last.
 */
export class UnverifiedScan {
  readonly #tenantsMax: number
  #found: ReadonlyMap<string, readonly UnverifiedSource[]> = new Map()
  #next = 0
  #latest: UnverifiedSources = OUT_OF_VIEW

  constructor(tenantsMax: number) {
    this.#tenantsMax = tenantsMax
  }

  /** The sources that the edge could not vouch for at the last look. Before the first, its view is out. */
  get latest(): UnverifiedSources {
    return this.#latest
  }

  /** Looks at the sources of these tenants now. Without a ground, the view of the edge is out. */
  check(ground: VouchGround | undefined, tenants: readonly string[]): UnverifiedSources {
    this.#latest = ground === undefined ? OUT_OF_VIEW : this.#judge(ground, tenants)
    return this.#latest
  }

  #judge(ground: VouchGround, tenants: readonly string[]): UnverifiedSources {
    const { map } = ground
    if (map === undefined) return OUT_OF_VIEW
    const watched = watchedIn(map)
    const isDue = this.#due(tenants.length)
    const found = tenants.map((tenant, at) => {
      const known = isDue(at) ? undefined : this.#found.get(tenant)
      return [tenant, known ?? unverifiedIn(ground, tenant, watched)] as const
    })
    this.#found = new Map(found)
    const sources = found.flatMap(([, each]) => each)
    const more = Math.max(0, sources.length - UNVERIFIED_SOURCES_MAX)
    return { isOutOfView: false, sources: sources.slice(0, UNVERIFIED_SOURCES_MAX), more }
  }

  /** Returns whether the tenant at a place is judged now, and moves on. */
  #due(count: number): (at: number) => boolean {
    const from = this.#next < count ? this.#next : 0
    const until = from + this.#tenantsMax
    this.#next = until
    return (at) => at >= from && at < until
  }
}

/**
 * The tenants that an edge serves. `known` has those of heartbeats, and `judged` those of tokens. An edge that
 * names no tenant serves one, which its tokens show as soon as there are several.
 */
export function tenantsServed(
  served: ServedTenants,
  known: Iterable<string>,
  judged: ReadonlySet<string>,
): readonly string[] {
  if (served !== undefined && served !== '*') return [...served]
  const all = [...known].filter((tenant) => tenant !== PROBE_NAME)
  return served === '*' || all.length <= 1 ? all : all.filter((tenant) => judged.has(tenant))
}

/** A source that judgements depend on. */
interface Watched {
  readonly source: string
  /** Without the account source and the cut-off sources, no claim of a tenant is fresh. */
  readonly isOfAll: boolean
  readonly partitions: readonly number[]
}

function watchedIn(map: ClaimMap): readonly Watched[] {
  const ofClaims = new Set([...map.claims.keys()].flatMap((claim) => sourcesBehind(map, claim)))
  const ofAll = new Set([map.account, ...map.cutOffs])
  return [...new Set([...ofAll, ...ofClaims])].map((source) => ({
    source,
    isOfAll: ofAll.has(source),
    partitions: ofClaims.has(source) ? PARTITIONS : [CONTROL_PARTITION],
  }))
}

function unverifiedIn(
  ground: VouchGround,
  tenant: string,
  watched: readonly Watched[],
): readonly UnverifiedSource[] {
  const found = watched.flatMap((each) => unverifiedOf(ground, tenant, each) ?? [])
  return found.length === 0 ? NONE : found
}

const NONE: readonly UnverifiedSource[] = []

function unverifiedOf(
  ground: VouchGround,
  tenant: string,
  { source, isOfAll, partitions }: Watched,
): UnverifiedSource | undefined {
  const isUsed = isOfAll || ground.view(CONTROL_PARTITION)?.source(tenant, source) !== undefined
  if (!isUsed) return undefined
  let isOut = false
  let sinceMs = Number.POSITIVE_INFINITY
  for (const partition of partitions) {
    const trust = ground.trust(tenant, source, partition)
    if (trust.fresh) continue
    isOut = true
    sinceMs = Math.min(sinceMs, trust.sinceMs ?? sinceMs)
  }
  if (!isOut) return undefined
  return { tenant, source, ...(Number.isFinite(sinceMs) ? { sinceMs } : {}) }
}

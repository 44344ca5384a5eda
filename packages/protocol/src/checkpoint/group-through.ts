import type { SourceThrough, ThroughGroup, ThroughTable } from './checkpoint.ts'

/** So many of a source's tenants can be ahead of the others. */
const AHEAD_SHARE = 0.1

/** The tenants that a source is stated of by one time, under a name that edges know them by. */
interface TenantList {
  readonly name: string
  readonly tenants: ReadonlySet<string>
}

/** The part of earlier heartbeats of one owner of a partition that the next heartbeat depends on. */
export interface StatedThrough {
  /** The lists of tenants, by source. */
  readonly lists: ReadonlyMap<string, TenantList>
  /** Feeds that were stated one by one. */
  readonly table: ThroughTable
  /** The time of the last complete statement, lists included, by the publisher's monotonic clock. */
  readonly allAtMonoMs: number
}

/** The terms by which feeds are grouped. */
export interface GroupTerms {
  /** A digest over a list of tenants. */
  readonly nameOf: (tenants: readonly string[]) => string
  readonly nowMonoMs: number
  /** So many feeds are stated one by one, by every heartbeat; so many of a source can be ahead of the others. */
  readonly feedsMax: number
  /** Everything is stated again after so long: an edge that starts needs the lists. */
  readonly againMs: number
  /** The largest difference between the times of tenants in one list, by source. */
  readonly spreadMs: (source: string) => number
}

/** The `through` of one heartbeat, and the state that the next one depends on after this one is stored. */
export interface GroupedThrough {
  readonly through: ThroughTable
  readonly groups: readonly ThroughGroup[]
  /** Null: everything was stated one by one. */
  readonly stated: StatedThrough | null
}

/**
 * States many feeds in few bytes. Tenants that are complete, and whose time is within `spreadMs` of the usual
 * time of their source, form a group. The group states the earliest time of its tenants, so no tenant gets a
 * time beyond its own `through`. All other feeds are stated one by one, when they are new or everything is
 * due again.
 *
 * A list is kept while all of its tenants fit, because it travels only when it is new or due; a tenant that
 * fits no longer, or fits again, is stated by itself until the next list.
 */
export function groupThrough(
  through: ThroughTable,
  before: StatedThrough | null,
  terms: GroupTerms,
): GroupedThrough {
  const bySource = feedsBySource(through)
  const count = [...bySource.values()].reduce((sum, feeds) => sum + feeds.size, 0)
  if (count <= terms.feedsMax) return { through, groups: [], stated: null }
  const isDue = before === null || terms.nowMonoMs - before.allAtMonoMs >= terms.againMs
  const known = isDue ? null : before
  const lists = new Map(
    [...bySource].map(([source, feeds]) => [
      source,
      listOf({ source, feeds }, known?.lists.get(source), terms),
    ]),
  )
  const alone = withoutListed(through, lists)
  const stated = { lists, table: alone, allAtMonoMs: known?.allAtMonoMs ?? terms.nowMonoMs }
  return {
    through: known === null ? alone : newIn(alone, known.table),
    groups: groupsOf(lists, bySource, new Set([...(known?.lists.values() ?? [])].map(nameOf))),
    stated,
  }
}

type Feeds = ReadonlyMap<string, SourceThrough>

function nameOf({ name }: TenantList): string {
  return name
}

function feedsBySource(through: ThroughTable): ReadonlyMap<string, Feeds> {
  const bySource = new Map<string, Map<string, SourceThrough>>()
  for (const [tenant, sources] of through)
    for (const [source, feedThrough] of sources) {
      const feeds = bySource.get(source) ?? new Map<string, SourceThrough>()
      bySource.set(source, feeds.set(tenant, feedThrough))
    }
  return bySource
}

/** A list that fits is kept, unless too many would fit beside it. */
function listOf(
  { source, feeds }: { readonly source: string; readonly feeds: Feeds },
  known: TenantList | undefined,
  terms: GroupTerms,
): TenantList {
  const usualMs = usualTime(feeds, terms.feedsMax)
  const spreadMs = terms.spreadMs(source)
  const fits = ({ state, atMs }: SourceThrough): boolean =>
    state === 'complete' && atMs !== null && Math.abs(atMs - usualMs) <= spreadMs
  const fitting = [...feeds].flatMap(([tenant, feedThrough]) => (fits(feedThrough) ? tenant : []))
  if (known !== undefined && fitting.length - known.tenants.size <= terms.feedsMax) {
    const found = new Set(fitting)
    if ([...known.tenants].every((tenant) => found.has(tenant))) return known
  }
  const tenants = fitting.toSorted()
  return { name: terms.nameOf(tenants), tenants: new Set(tenants) }
}

/**
 * The latest time but for a tenth of them, whose clocks can be ahead, and at most `aheadMax`. These are stated by
 * themselves. So are the feeds that are behind, however many there are: they must not hold back the others.
 */
function usualTime(feeds: Feeds, aheadMax: number): number {
  const times = [...feeds.values()].flatMap(({ state, atMs }) =>
    state === 'complete' && atMs !== null ? atMs : [],
  )
  const ascending = Float64Array.from(times).sort()
  const ahead = Math.min(aheadMax, Math.floor(ascending.length * AHEAD_SHARE))
  return ascending[ascending.length - 1 - ahead] ?? 0
}

function withoutListed(through: ThroughTable, lists: StatedThrough['lists']): ThroughTable {
  return filtered(through, (tenant, source) => lists.get(source)?.tenants.has(tenant) !== true)
}

function newIn(table: ThroughTable, known: ThroughTable): ThroughTable {
  return filtered(table, (tenant, source, { atMs, state }) => {
    const before = known.get(tenant)?.get(source)
    return before?.atMs !== atMs || before.state !== state
  })
}

function filtered(
  table: ThroughTable,
  keeps: (tenant: string, source: string, feedThrough: SourceThrough) => boolean,
): ThroughTable {
  const kept = new Map<string, ReadonlyMap<string, SourceThrough>>()
  for (const [tenant, sources] of table) {
    const some = [...sources].filter(([source, feedThrough]) => keeps(tenant, source, feedThrough))
    if (some.length > 0) kept.set(tenant, new Map(some))
  }
  return kept
}

/** One group for each list. Sources with the same tenants share one. */
function groupsOf(
  lists: StatedThrough['lists'],
  bySource: ReadonlyMap<string, Feeds>,
  known: ReadonlySet<string>,
): readonly ThroughGroup[] {
  const groups = new Map<string, ThroughGroup & { readonly sources: Map<string, number> }>()
  for (const [source, { name, tenants }] of lists) {
    if (tenants.size === 0) continue
    const list = known.has(name) ? { list: name } : { list: name, tenants: [...tenants] }
    const group = groups.get(name) ?? { ...list, sources: new Map<string, number>() }
    const feeds = bySource.get(source)
    const times = [...tenants].map((tenant) => feeds?.get(tenant)?.atMs ?? 0)
    groups.set(name, group)
    group.sources.set(source, Math.min(...times))
  }
  return [...groups.values()]
}

import {
  areSourcesOf,
  feedCondition,
  FreshetError,
  isWithinLease,
  MISSED_KEPT_MS,
  PARTITIONS,
  SILENT_FEED,
  type Clock,
  type FeedState,
  type Registry,
  type Source,
} from '@freshet/domain'
import { isDense } from './check-change.ts'
import { latencyOf, type SourceLatency } from './source-latency.ts'
import type {
  ContradictedAt,
  ContradictedCount,
  MissedCount,
  RefusedAt,
  SourceViewStore,
} from './source-view-store.ts'
import { newestStatement, type StatementStanding } from './statement-standing.ts'
import type { Feed, FeedStatus, NumberRange, StampStore } from './stamp-store.ts'

/** Most holes that are listed. */
export const HOLES_MAX = 20
/** Latest events of which the latency is told. */
export const LATENCY_SAMPLES_MAX = 1_000
/** Latest refused records that are listed. */
export const REFUSED_SHOWN_MAX = 20

/** Most contradictions that are listed. */
export const CONTRADICTIONS_SHOWN_MAX = 20

/** How a feed stands in one partition at the reconciler. */
export interface PartitionStanding {
  readonly partition: number
  readonly condition: ReturnType<typeof feedCondition>
  /** Every number up to here was read. */
  readonly complete: bigint
  /** The first numbers that are missing while higher ones were read: `through` waits for them. */
  readonly waitsFor: NumberRange | null
  readonly throughMs: number | null
}

/** What a source sees of one of its feeds. */
export interface SourceStatus extends Omit<FeedStatus, 'next' | 'above' | 'holes'> {
  readonly tenant: string
  /** Who answers for the source, and whom to reach, as the registry says. */
  readonly owner: string
  readonly contact: string
  /** Where the source is dense: the sequence that is expected next. */
  readonly next?: bigint
  /** Where the source is dense: the sequence that follows once every hole is closed. */
  readonly above?: bigint
  /** Where the source is dense: sequences that never came here; at most {@link HOLES_MAX}. */
  readonly holes?: readonly NumberRange[]
  /** Up to when the source is heard in every partition; `null` where it is not in some. */
  readonly throughMs: number | null
  readonly leaseMs: number
  /** Whether the source's silence still counts as quiet. */
  readonly isWithinLease: boolean
  readonly partitions: readonly PartitionStanding[]
  readonly latency: SourceLatency
  /** What was refused on the topic; the latest first, at most {@link REFUSED_SHOWN_MAX}. */
  readonly refused: { readonly count: number; readonly latest: readonly RefusedAt[] }
  /** What full statements of the last 35 days found that no event had announced. */
  readonly missed: MissedCount
  /** Of how many subjects it and another source contradict each other; the newest, at most {@link CONTRADICTIONS_SHOWN_MAX}. */
  readonly contradictions: {
    readonly counts: readonly ContradictedCount[]
    readonly latest: readonly ContradictedAt[]
  }
  /** `null` before the first one. */
  readonly statement: StatementStanding | null
}

/** What the status is read from. */
export interface SourceStatusParts {
  readonly registry: Registry
  readonly store: StampStore
  readonly view: SourceViewStore
  readonly clock: Clock
}

/**
 * What is known of a source, for every tenant or for one: what the gateways took, and what the
 * reconciler made of it.
 *
 * @throws `event.forbidden` for a tenant or source that is not registered, `database.*`
 */
export async function sourceStatus(
  parts: SourceStatusParts,
  source: string,
  tenant?: string,
): Promise<readonly SourceStatus[]> {
  const { registry } = parts
  const tenants = tenant === undefined ? [...registry.tenants.keys()] : [tenant]
  const declared = registry.sources.get(source)
  if (declared === undefined || !tenants.every((id) => registry.tenants.has(id))) {
    throw new FreshetError('event.forbidden', 'No such source or tenant is in the registry.')
  }
  const feeds: SourceStatus[] = []
  for (const id of tenants) {
    feeds.push(await statusOf(parts, { tenant: id, source }, declared))
  }
  return feeds
}

async function statusOf(
  { registry, store, view, clock }: SourceStatusParts,
  feed: Feed,
  { owner, contact, leaseMs }: Source,
): Promise<SourceStatus> {
  const { next, above, holes, ...status } = await store.status(feed, HOLES_MAX)
  const rows = await view.feeds(feed)
  const recorded = new Map(rows.map((row) => [row.partition, row.feed]))
  const partitions = PARTITIONS.map((partition) =>
    standingOf(partition, recorded.get(partition) ?? SILENT_FEED),
  )
  const throughMs = leastThrough(partitions)
  const latencies = await view.latencies(feed, LATENCY_SAMPLES_MAX)
  const { count, latest } = await view.refused(feed)
  return {
    tenant: feed.tenant,
    owner,
    contact,
    ...status,
    ...(isDense(registry, feed.source) && { next, above, holes }),
    throughMs,
    leaseMs,
    isWithinLease: isWithinLease(throughMs, leaseMs, clock.nowMs()),
    partitions,
    latency: latencyOf(latencies),
    refused: { count, latest: latest.slice(0, REFUSED_SHOWN_MAX) },
    missed: await view.missed(feed, { sinceMs: clock.nowMs() - MISSED_KEPT_MS }),
    contradictions: await contradictionsOf(registry, view, feed),
    statement: await newestStatement(view, feed, rows),
  }
}

/** Those of pairs that the registry names: others were before it. */
async function contradictionsOf(
  registry: Registry,
  view: SourceViewStore,
  feed: Feed,
): Promise<SourceStatus['contradictions']> {
  const { counts, latest } = await view.contradictions(feed, CONTRADICTIONS_SHOWN_MAX)
  const isNamed = (claim: string, source: string, corroborates: string): boolean =>
    areSourcesOf(registry, claim, { source, corroborates })
  return {
    counts: counts.filter((each) => isNamed(each.claim, each.source, each.corroborates)),
    latest: latest.filter((each) => isNamed(each.claim, each.owner.source, each.witness.source)),
  }
}

function standingOf(partition: number, feed: FeedState): PartitionStanding {
  const { complete, throughMs } = feed
  const [beyond] = feed.beyond
  const waitsFor = beyond === undefined ? null : { from: complete + 1n, to: beyond - 1n }
  return { partition, condition: feedCondition(feed), complete, waitsFor, throughMs }
}

function leastThrough(partitions: readonly PartitionStanding[]): number | null {
  return partitions.reduce<number | null>(
    (least, { throughMs }) =>
      least === null || throughMs === null ? null : Math.min(least, throughMs),
    Number.POSITIVE_INFINITY,
  )
}

import {
  areSourcesOf,
  feedCondition,
  FreshetError,
  isWithinLease,
  MISSED_KEPT_MS,
  PARTITIONS,
  SILENT_FEED,
  statedKindsOf,
  type Clock,
  type FeedState,
  type Registry,
  type Source,
  type StatedKind,
} from '@freshet/protocol'
import { isDense } from '../changes/check-change.ts'
import { latencyOf, type SourceLatency } from './source-latency.ts'
import type {
  ContradictedAt,
  ContradictedCount,
  MissedCount,
  RefusedAt,
  SourceViewStore,
} from './source-view-store.ts'
import { newestStatement, type StatementStatus } from './statement-standing.ts'
import type { Feed, FeedStatus, NumberRange, StampStore } from '../stamps/stamp-store.ts'

/** The most gaps that the status lists. */
export const GAPS_MAX = 20
/** The number of the latest events from which the latency is computed. */
export const LATENCY_SAMPLES_MAX = 1_000
/** The most refused records that the status lists, the latest first. */
export const REFUSED_SHOWN_MAX = 20

/** The most contradictions that the status lists. */
export const CONTRADICTIONS_SHOWN_MAX = 20

/** The status of a feed in one partition at the reconciler. */
export interface PartitionStatus {
  readonly partition: number
  readonly condition: ReturnType<typeof feedCondition>
  /** The reconciler has read every number up to this one. */
  readonly complete: bigint
  /** The first missing numbers below numbers that were read. `through` waits for them. */
  readonly waitsFor: NumberRange | null
  readonly throughMs: number | null
  /** By how much the last heartbeat was ahead of the broker, where it did not count for that. */
  readonly aheadMs?: number
}

/** The status of one feed, as its source sees it. */
export interface SourceStatus extends Omit<FeedStatus, 'next' | 'above' | 'gaps'> {
  readonly tenant: string
  /** The owner of the source, and the contact, from the registry. */
  readonly owner: string
  readonly contact: string
  /** The kinds of state that it sends beside claims. Its snapshot of the control partition must have them. */
  readonly states: readonly StatedKind[]
  /** The next expected sequence. Only dense sources have one. */
  readonly next?: bigint
  /** The sequence that follows once every gap is closed. Only dense sources have one. */
  readonly above?: bigint
  /**
   * Sequences that never arrived at a gateway, at most {@link GAPS_MAX} ranges. Only dense sources have
   * them.
   */
  readonly gaps?: readonly NumberRange[]
  /** The least `through` of all partitions, or `null` if a partition has none. */
  readonly throughMs: number | null
  readonly leaseMs: number
  /** True while the source's silence still counts as “nothing changed”. */
  readonly isWithinLease: boolean
  readonly partitions: readonly PartitionStatus[]
  readonly latency: SourceLatency
  /** Records of the topic that were refused, the latest first, at most {@link REFUSED_SHOWN_MAX}. */
  readonly refused: { readonly count: number; readonly latest: readonly RefusedAt[] }
  /** Missed changes that snapshots of the last 35 days found. */
  readonly missed: MissedCount
  /**
   * Counts of the subjects whose claims this source and another one contradict, and the newest
   * contradictions, at most {@link CONTRADICTIONS_SHOWN_MAX}.
   */
  readonly contradictions: {
    readonly counts: readonly ContradictedCount[]
    readonly latest: readonly ContradictedAt[]
  }
  /** Accounts that its last snapshot of accounts omitted. Only the account source has them. */
  readonly omittedAccounts?: number
  /**
   * The time when an activation last gave it a claim or the accounts. A snapshot with a state of that time or
   * before does not begin.
   */
  readonly stateAfterMs?: number
  /** `null` before the first snapshot. */
  readonly statement: StatementStatus | null
}

/** The inputs of the status. */
export interface SourceStatusParts {
  readonly registry: Registry
  readonly store: StampStore
  readonly view: SourceViewStore
  readonly clock: Clock
}

/**
 * Returns the status of a source for every tenant or for one: the events that the gateways accepted, and the
 * result at the reconciler.
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
  const { next, above, gaps, ...status } = await store.status(feed, GAPS_MAX)
  const rows = await view.feeds(feed)
  const recorded = new Map(rows.map((row) => [row.partition, row.feed]))
  const partitions = PARTITIONS.map((partition) =>
    partitionStatus(partition, recorded.get(partition) ?? SILENT_FEED),
  )
  const throughMs = leastThrough(partitions)
  const latencies = await view.latencies(feed, LATENCY_SAMPLES_MAX)
  const { count, latest } = await view.refused(feed)
  const states = statedKindsOf(registry, feed.source)
  const stateAfterMs = await view.givenMs(feed)
  return {
    tenant: feed.tenant,
    owner,
    contact,
    states,
    ...status,
    ...(isDense(registry, feed.source) && { next, above, gaps }),
    throughMs,
    leaseMs,
    isWithinLease: isWithinLease(throughMs, leaseMs, clock.nowMs()),
    partitions,
    latency: latencyOf(latencies),
    refused: { count, latest: latest.slice(0, REFUSED_SHOWN_MAX) },
    missed: await view.missed(feed, { sinceMs: clock.nowMs() - MISSED_KEPT_MS }),
    contradictions: await contradictionsOf(registry, view, feed),
    ...(states.includes('accounts') && { omittedAccounts: await view.omittedAccounts(feed) }),
    ...(stateAfterMs > 0 && { stateAfterMs }),
    statement: await newestStatement(view, feed, rows),
  }
}

/** Returns the contradictions between sources that the registry names. Rows of earlier pairs are left out. */
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

function partitionStatus(partition: number, feed: FeedState): PartitionStatus {
  const { complete, throughMs, aheadMs } = feed
  const ahead = aheadMs === undefined ? {} : { aheadMs }
  const [beyond] = feed.beyond
  const waitsFor = beyond === undefined ? null : { from: complete + 1n, to: beyond - 1n }
  return { partition, condition: feedCondition(feed), complete, waitsFor, throughMs, ...ahead }
}

function leastThrough(partitions: readonly PartitionStatus[]): number | null {
  return partitions.reduce<number | null>(
    (least, { throughMs }) =>
      least === null || throughMs === null ? null : Math.min(least, throughMs),
    Number.POSITIVE_INFINITY,
  )
}

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
  compareVersions,
  NO_STATEMENTS,
  statementState,
  type StatementState,
} from '@freshet/protocol'
import { isDense } from '../changes/check-change.ts'
import type { Feed, FeedStatus, NumberRange, StampStore } from '../stamps/stamp-store.ts'
import type {
  ContradictedAt,
  ContradictedCount,
  MissedCount,
  RefusedAt,
  SourceViewStore,
  MissedAt,
  RecordedFeed,
} from './source-view-store.ts'

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

/** The times of a source's events from the commit at the source to the append at the broker. */
export interface SourceLatency {
  readonly samples: number
  /** `null` if there is no sample. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** Events with a date after their arrival: the source's clock is ahead. They count as 0. */
  readonly aheadOfClock: number
}

/** Returns percentiles by nearest rank: each is the latency of some event. */
export function latencyOf(latenciesMs: readonly number[]): SourceLatency {
  const sorted = latenciesMs.map((ms) => Math.max(0, ms)).toSorted((a, b) => a - b)
  const rank = (share: number): number | null =>
    sorted[Math.ceil(sorted.length * share) - 1] ?? null
  return {
    samples: sorted.length,
    p50Ms: rank(0.5),
    p99Ms: rank(0.99),
    aheadOfClock: latenciesMs.filter((ms) => ms < 0).length,
  }
}

/** The most missed changes of a snapshot that are listed. */
export const MISSED_SHOWN_MAX = 100

/** The status of the newest snapshot of a feed, and the missed changes that it found. */
export interface StatementStatus {
  /** The id of its begin. */
  readonly begin: string
  readonly partitions: readonly { readonly partition: number; readonly state: StatementState }[]
  /** The number of claims of subjects that it stated. */
  readonly compared: number
  /** The missed changes. The first of them are listed, at most {@link MISSED_SHOWN_MAX}. */
  readonly missed: MissedCount & { readonly changes: readonly MissedAt[] }
}

/** Returns the newest snapshot that began in any partition. */
async function newestStatement(
  view: SourceViewStore,
  feed: Feed,
  rows: readonly RecordedFeed[],
): Promise<StatementStatus | null> {
  const [newest] = rows
    .filter(({ statements }) => statements.latest !== null)
    .toSorted((a, b) => compareVersions(b.statements.newest, a.statements.newest))
  const begin = newest?.statements.latest
  if (!begin) return null
  const partitions = PARTITIONS.map((partition) => {
    const row = rows.find((each) => each.partition === partition)
    return { partition, state: statementState(row?.statements ?? NO_STATEMENTS, begin) }
  })
  const its = rows.filter(({ statements }) => statements.latest === begin)
  const question = { sinceMs: 0, statement: begin }
  return {
    begin,
    partitions,
    compared: its.reduce((sum, { statements }) => sum + statements.compared, 0),
    missed: {
      ...(await view.missed(feed, question)),
      changes: await view.missedList(feed, question, MISSED_SHOWN_MAX),
    },
  }
}

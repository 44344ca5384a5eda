import {
  areSourcesOf,
  CONTROL_PARTITION,
  isWithinLease,
  openAt,
  statedKindsOf,
  type feedCondition,
  type HeldGrant,
  type Registry,
  type StatedKind,
} from '@freshet/protocol'
import { sendsIn } from '@freshet/protocol/slo'
import type { PartitionBounds } from '@freshet/wire'
import type { LoggedChange } from '../changes/logged-change.ts'
import { doubtedSources, type DoubtedSource, type WholeDoubt } from './doubted-sources.ts'

/** The reconciler's progress in one partition, from the database. */
export interface PartitionProgress {
  readonly partition: number
  readonly e: bigint
  /** Offset of the change topic that is applied next. */
  readonly nextOffset: bigint
  readonly activePv: number
  readonly activeHash: string | null
  readonly minimumPv: number
  /** The time at which the last batch of revocations was stored as published; `null` before the first. */
  readonly publishedAtMs: number | null
  /** Rows that wait to be published or parked; counted up to 10,000. */
  readonly waiting: number
  /** Absent while the partition goes on. */
  readonly paused?: PartitionPause
  /** The last rows that waited where no publisher looks; absent if there were none. */
  readonly hidden?: HiddenRows
}

/** Rows of the outbox that no publisher saw, until they were found. They are published from then on. */
export interface HiddenRows {
  readonly rows: number
  /** The time at which they were found. */
  readonly atMs: number
}

/** Why a partition does not go on: the first record that it cannot record. */
export interface PartitionPause {
  /** Offset of the record in the change topic. */
  readonly offset: bigint
  /** Code of the error. */
  readonly code: string
  readonly message: string
  readonly sinceMs: number
  /** Attempts that failed since then. */
  readonly attempts: number
}

/** The state of one feed in one partition. */
export interface FeedProgress {
  readonly tenant: string
  readonly source: string
  readonly partition: number
  readonly throughMs: number | null
  /** `ending`: what its full statement did not name is being taken away. */
  readonly condition: ReturnType<typeof feedCondition> | 'ending'
  /** By how much the last heartbeat was ahead of the broker, where it did not count for that. */
  readonly aheadMs?: number
  /** Its newest snapshot has not ended and is not open: an activation ended it. */
  readonly isVoided?: true
}

/** Accounts of a tenant that its last snapshot of accounts omitted. Their state is unknown. */
export interface OmittedAccounts {
  readonly tenant: string
  readonly accounts: number
}

/** The rows of the pipeline's state. */
export interface PipelineRows {
  readonly partitions: readonly PartitionProgress[]
  /** At most 10,000. */
  readonly feeds: readonly FeedProgress[]
  /** The missed changes that snapshots found; counted up to 10,000 in all. */
  readonly missed: readonly {
    readonly tenant: string
    readonly source: string
    readonly claims: number
  }[]
  /** Some may be of pairs that the registry names no more. Counted up to 10,000 in all. */
  readonly contradictions: readonly ContradictionView[]
  /** States in doubt for a whole tenant or identity provider. At most 10,000. */
  readonly doubts: readonly WholeDoubt[]
  /** Counted up to 10,000 in all. */
  readonly omitted: readonly OmittedAccounts[]
  /** The change that was recorded last. */
  readonly latest: LoggedChange | null
  /** Some of them may be over. */
  readonly grants: readonly HeldGrant[]
}

/** A claim whose two sources differ about some subjects. */
export interface ContradictionView {
  readonly tenant: string
  readonly claim: string
  readonly source: string
  readonly corroborates: string
  readonly subjects: number
  /** Since when the oldest of them is so. */
  readonly sinceMs: number
}

/** A partition beside what the broker holds; `null` where the broker does not answer. */
export interface PipelinePartition extends PartitionProgress {
  readonly end: bigint | null
  /** Records of the change topic that are not applied yet. */
  readonly lag: bigint | null
}

/**
 * The status of a source in a tenant. `live`: within its lease in every partition. `silent`: not, and `hole`:
 * because a number of its feed is missing. `halted`: until its next full statement has ended, because a
 * record of it could not be read even to its subject, or because the statement that is open answers for a
 * hole or waits to be confirmed. `ending`: until what its full statement did not name is taken away.
 * `unheard`: it never sent anything.
 */
export type SourceStatus = 'live' | 'silent' | 'hole' | 'halted' | 'ending' | 'unheard'

/** A source in a tenant, with its lease. */
export interface PipelineSource {
  readonly tenant: string
  readonly source: string
  readonly standing: SourceStatus
  /** A snapshot ends its halt or gap in the control partition only with these; absent if there is none. */
  readonly awaits?: readonly StatedKind[]
  /** The oldest `through` of its partitions; `null` if one never had a heartbeat. */
  readonly throughMs: number | null
  readonly leaseMs: number
  /** Claims of subjects that changed unannounced, as its full statements found. */
  readonly missed: number
  /** By how much its last heartbeat was ahead of the broker, where it did not count for that. */
  readonly aheadMs?: number
}

/** Everything between the sources and the edges, at one moment. */
export interface PipelineView {
  readonly partitions: readonly PipelinePartition[]
  readonly sources: readonly PipelineSource[]
  readonly contradictions: readonly ContradictionView[]
  readonly doubted: readonly DoubtedSource[]
  readonly omitted: readonly OmittedAccounts[]
  readonly latest: LoggedChange | null
  /** Routes that an operator opened, until their time. */
  readonly grants: readonly HeldGrant[]
  /** Records that the quarantine still holds; `null` where the broker does not answer. */
  readonly quarantined: bigint | null
}

/** Ends of the topics that a view compares with. */
export interface PipelineBounds {
  readonly changes: readonly PartitionBounds[] | null
  readonly quarantine: readonly PartitionBounds[] | null
}

/** Puts rows, the broker's ends and the registry's leases together. */
export function pipelineView(
  rows: PipelineRows,
  { changes, quarantine }: PipelineBounds,
  registry: Registry,
  nowMs: number,
): PipelineView {
  const ends = new Map(changes?.map(({ partition, end }) => [partition, end]))
  return {
    partitions: rows.partitions.map((row) => withLag(row, ends.get(row.partition) ?? null)),
    sources: sourceViews(rows, registry, nowMs),
    contradictions: rows.contradictions.filter((row) => areSourcesOf(registry, row.claim, row)),
    doubted: doubtedSources(rows.doubts, rows.feeds, registry),
    omitted: rows.omitted,
    latest: rows.latest,
    grants: openAt(rows.grants, nowMs),
    quarantined: quarantine?.reduce((sum, { earliest, end }) => sum + (end - earliest), 0n) ?? null,
  }
}

function withLag(row: PartitionProgress, end: bigint | null): PipelinePartition {
  const behind = end === null ? null : end - row.nextOffset
  return { ...row, end, lag: behind !== null && behind < 0n ? 0n : behind }
}

function sourceViews(
  { partitions, feeds, missed }: PipelineRows,
  registry: Registry,
  nowMs: number,
): readonly PipelineSource[] {
  return [...registry.tenants.keys()].flatMap((tenant) => {
    const senders = [...registry.sources.values()].filter(({ id }) => sendsIn(registry, tenant, id))
    return senders.map(({ id, leaseMs }): PipelineSource => {
      const own = feeds.filter((feed) => feed.tenant === tenant && feed.source === id)
      const throughMs = own.length === 0 || own.length < partitions.length ? null : oldest(own)
      const live = throughMs !== null && isWithinLease(throughMs, leaseMs, nowMs)
      const its = missed.find((row) => row.tenant === tenant && row.source === id)
      const status = statusOf(own, live)
      const ahead = aheadOf(own)
      const awaits = isControlBroken(own) ? { awaits: statedKindsOf(registry, id) } : {}
      const view = { tenant, source: id, standing: status, throughMs, leaseMs, ...awaits }
      const counted = { ...view, missed: its?.claims ?? 0 }
      return ahead === 0 ? counted : { ...counted, aheadMs: ahead }
    })
  })
}

function aheadOf(feeds: readonly FeedProgress[]): number {
  return Math.max(0, ...feeds.map(({ aheadMs }) => aheadMs ?? 0))
}

function oldest(feeds: readonly FeedProgress[]): number | null {
  const times = feeds.map(({ throughMs }) => throughMs)
  return times.includes(null) ? null : Math.min(...times.filter((time) => time !== null))
}

function isControlBroken(feeds: readonly FeedProgress[]): boolean {
  const control = feeds.find(({ partition }) => partition === CONTROL_PARTITION)
  return control?.condition === 'halted' || control?.condition === 'hole'
}

function statusOf(feeds: readonly FeedProgress[], live: boolean): SourceStatus {
  const has = (condition: FeedProgress['condition']): boolean =>
    feeds.some((feed) => feed.condition === condition)
  if (feeds.length === 0) return 'unheard'
  if (has('halted')) return 'halted'
  if (live) return 'live'
  if (has('hole')) return 'hole'
  return has('ending') ? 'ending' : 'silent'
}

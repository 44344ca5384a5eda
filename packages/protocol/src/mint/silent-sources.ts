import { OWN_SOURCE } from '../changes/change.ts'
import { statementsOf } from '../claims/stated-claims.ts'
import { CONTROL_PARTITION, partitionOf } from '../position/partition.ts'
import type { Claim, Registry } from '../registry/registry.ts'
import type { Subject } from '../scope/subject.ts'
import type { MintSnapshot, PartitionSnapshot } from './mint-snapshot.ts'
import { isWithinLease } from './source-lease.ts'

/** The parties and the time that the silence of sources is judged for. */
export interface SilenceQuestion {
  /** The subject first, then its actors. */
  readonly parties: readonly [Subject, ...Subject[]]
  readonly registry: Pick<Registry, 'account' | 'cutOffs' | 'sources'>
  /** Taken before the snapshot was read (rule 25). */
  readonly atMs: number
}

/** A feed that counts for some claims, with the state of its partition. */
export interface WatchedFeed {
  readonly source: string
  readonly partition: number
  readonly at: PartitionSnapshot
}

/** Returns the feeds whose silence must count as quiet for these claims (rules 14 and 15). */
export function watchedFeeds(
  { parties, registry }: Omit<SilenceQuestion, 'atMs'>,
  claims: readonly Claim[],
  snapshot: MintSnapshot,
): readonly WatchedFeed[] {
  const speaking = [...new Set(claims.flatMap(statementsOf).map(({ source }) => source))]
  const watched = new Set([...speaking, registry.account, ...registry.cutOffs])
  // Nothing waits unsent behind our own voice, so it has no lease.
  watched.delete(OWN_SOURCE)
  const inControl = [...watched].map((source) => ({
    source,
    partition: CONTROL_PARTITION,
    at: snapshot.control,
  }))
  const inSubjects = parties.flatMap((subject, index) => {
    const at = snapshot.parties[index]?.partition
    if (at === undefined) return []
    return speaking.map((source) => ({ source, partition: partitionOf(subject), at }))
  })
  return [...inControl, ...inSubjects]
}

/** A feed that is silent beyond its lease. */
export interface SilentFeed extends WatchedFeed {
  /** True if each of several sources is silent in this partition: then the sources are hardly the cause. */
  readonly isEvery: boolean
}

/**
 * Returns the first feed that is silent beyond its lease. A claim's sources must be live in both partitions of each
 * party, the others in control.
 */
export function silentFeed(
  question: SilenceQuestion,
  claims: readonly Claim[],
  snapshot: MintSnapshot,
): SilentFeed | undefined {
  const { registry, atMs } = question
  const isSilent = ({ source, at }: WatchedFeed): boolean => {
    const leaseMs = registry.sources.get(source)?.leaseMs
    return leaseMs === undefined || !isWithinLease(at.throughMs.get(source), leaseMs, atMs)
  }
  const watched = watchedFeeds(question, claims, snapshot)
  const first = watched.find(isSilent)
  if (first === undefined) return undefined
  const beside = watched.filter(({ partition }) => partition === first.partition)
  return { ...first, isEvery: beside.length > 1 && beside.every(isSilent) }
}

import type { Contradiction, FeedState, RefusedRecord, Statements } from '@freshet/protocol'
import type { Feed } from '../stamps/stamp-store.ts'

/** The reconciler's state of a feed in one partition. */
export interface RecordedFeed {
  readonly partition: number
  readonly feed: FeedState
  readonly statements: Statements
}

/** Counts of claims of subjects with missed changes. One claim can count as both. */
export interface MissedCount {
  /** Claims with values in force here that the source had removed. */
  readonly removals: number
  /** Claims with values that the source had granted and that were not in force here. */
  readonly grants: number
}

/** One missed change. */
export interface MissedAt {
  /** The key of the subject. */
  readonly subject: string
  readonly claim: string
  /** The id of the event that found it. */
  readonly change: string
  readonly isRemoval: boolean
  readonly isGrant: boolean
}

/** The selection of missed changes. */
export interface MissedQuestion {
  /** Only those found since this time. */
  readonly sinceMs: number
  /** The id of the begin of one snapshot. The default is all snapshots. */
  readonly statement?: string
}

/** The number of subjects for which the two sources of a corroborated claim contradict each other. */
export interface ContradictedCount {
  readonly claim: string
  readonly source: string
  readonly corroborates: string
  readonly subjects: number
}

/** One contradiction: the last statement of each source, without the values. */
export interface ContradictedAt extends Pick<Contradiction, 'claim' | 'owner' | 'witness'> {
  /** The key of the subject. */
  readonly subject: string
  /** The id of the last change that showed it. */
  readonly change: string
  readonly sinceMs: number
}

/** A refused record with its partition. */
export interface RefusedAt extends RefusedRecord {
  readonly partition: number
  /** The time of the refusal. */
  readonly atMs: number
}

/**
 * Records about a source's feeds that the source can read. They are evidence: no decision depends on them.
 *
 * @throws `database.*` from every method
 */
export interface SourceViewStore {
  /** Returns every partition in which the reconciler has read the feed, in ascending order. */
  feeds(feed: Feed): Promise<readonly RecordedFeed[]>
  /** Returns when an activation last gave the source something to state, in milliseconds; 0: none did. */
  givenMs(feed: Feed): Promise<number>
  /**
   * Returns the times from the commit at the source to the append at the broker, in ms. They are those of the
   * latest recorded events, at most `limit`. A time is below zero if the source's clock is ahead of the
   * broker's.
   */
  latencies(feed: Feed, limit: number): Promise<readonly number[]>
  /**
   * Counts the missed changes that snapshots found. Values that were withdrawn from all subjects, and deleted
   * subjects, are not among them: the withdrawal or deletion announced those changes.
   */
  missed(feed: Feed, question: MissedQuestion): Promise<MissedCount>
  /** Returns the first missed changes by subject and claim, at most `limit`. */
  missedList(feed: Feed, question: MissedQuestion, limit: number): Promise<readonly MissedAt[]>
  /**
   * Returns the contradictions between this source and another one over claims that both state. It returns
   * the counts, and the newest contradictions, at most `limit`. Some can be of pairs that the registry no
   * longer names.
   */
  contradictions(
    feed: Feed,
    limit: number,
  ): Promise<{
    readonly counts: readonly ContradictedCount[]
    readonly latest: readonly ContradictedAt[]
  }>
  /** Counts the accounts that the last snapshot of accounts omitted, and that the source has not sent since. */
  omittedAccounts(feed: Feed): Promise<number>
  /** Returns the number of refused records, and the latest of each partition, newest first, at most 140. */
  refused(feed: Feed): Promise<{ readonly count: number; readonly latest: readonly RefusedAt[] }>
}

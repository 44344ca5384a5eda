import type { Contradiction, FeedState, RefusedRecord, Statements } from '@freshet/domain'
import type { Feed } from './stamp-store.ts'

/** What the reconciler knows of a feed in one partition. */
export interface RecordedFeed {
  readonly partition: number
  readonly feed: FeedState
  readonly statements: Statements
}

/** How many claims of subjects differed unannounced; one may count as both. */
export interface MissedCount {
  /** Values were in force here that the source had taken away. */
  readonly removals: number
  /** Values that the source had granted were not in force here. */
  readonly grants: number
}

/** One of them. */
export interface MissedAt {
  /** Subject key. */
  readonly subject: string
  readonly claim: string
  /** Id of the event that found it. */
  readonly change: string
  readonly isRemoval: boolean
  readonly isGrant: boolean
}

/** Which differences are asked for. */
export interface MissedQuestion {
  /** Found since then. */
  readonly sinceMs: number
  /** Begin of one full statement; default: all of them. */
  readonly statement?: string
}

/** Of how many subjects the two sources of a corroborated claim say different things. */
export interface ContradictedCount {
  readonly claim: string
  readonly source: string
  readonly corroborates: string
  readonly subjects: number
}

/** One of them: who said what last, without the values. */
export interface ContradictedAt extends Pick<Contradiction, 'claim' | 'owner' | 'witness'> {
  /** Subject key. */
  readonly subject: string
  /** Id of the change that showed it last. */
  readonly change: string
  readonly sinceMs: number
}

/** A refused record with its place. */
export interface RefusedAt extends RefusedRecord {
  readonly partition: number
  /** When it was refused. */
  readonly atMs: number
}

/**
 * What was recorded of a source's feeds, for the source to see. Evidence: nothing decides by it.
 *
 * @throws `database.*` from every method
 */
export interface SourceViewStore {
  /** Every partition where the feed was heard, ascending. */
  feeds(feed: Feed): Promise<readonly RecordedFeed[]>
  /**
   * From commit at the source to append at the broker, in ms, of the latest recorded events, at
   * most `limit`. Below zero where the source's clock is ahead of the broker's.
   */
  latencies(feed: Feed, limit: number): Promise<readonly number[]>
  /**
   * What full statements found that no event had announced. Values that were withdrawn from everybody
   * and subjects that were deleted were announced by that.
   */
  missed(feed: Feed, question: MissedQuestion): Promise<MissedCount>
  /** The first of them by subject and claim, at most `limit`. */
  missedList(feed: Feed, question: MissedQuestion, limit: number): Promise<readonly MissedAt[]>
  /**
   * What it and another source say differently of claims that both state: counts, and the newest, at
   * most `limit`. Some may be of pairs that the registry names no more.
   */
  contradictions(
    feed: Feed,
    limit: number,
  ): Promise<{
    readonly counts: readonly ContradictedCount[]
    readonly latest: readonly ContradictedAt[]
  }>
  /** How many records were refused, and the latest of each partition, newest first. At most 140. */
  refused(feed: Feed): Promise<{ readonly count: number; readonly latest: readonly RefusedAt[] }>
}

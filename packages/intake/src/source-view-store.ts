import type { FeedState, RefusedRecord } from '@freshet/domain'
import type { Feed } from './stamp-store.ts'

/** What the reconciler knows of a feed in one partition. */
export interface RecordedFeed {
  readonly partition: number
  readonly feed: FeedState
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
  /** How many records were refused, and the latest of each partition, newest first. At most 140. */
  refused(feed: Feed): Promise<{ readonly count: number; readonly latest: readonly RefusedAt[] }>
}

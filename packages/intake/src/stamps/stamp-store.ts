import type { OutgoingRecord } from '@freshet/wire'
import type { Wanted } from './producer-turns.ts'

/** The unit of numbers, sequences and `through`. */
export interface Feed {
  readonly tenant: string
  readonly source: string
}

/** The number of an event in a partition, and the state of its record. */
export interface StampedRow {
  readonly id: string
  readonly partition: number
  readonly number: bigint
  readonly sequence: bigint | null
  readonly contentHash: string
  readonly acknowledged: boolean
  /** The offset of the record, or `null` while it is unknown. */
  readonly offset: bigint | null
}

/** A stamp and its record, byte for byte as the gateway will produce it (rule 34). */
export interface NewStamp {
  readonly id: string
  readonly partition: number
  readonly number: bigint
  readonly sequence: bigint | null
  readonly contentHash: string
  readonly record: OutgoingRecord
}

/** A stamped record without a stored acknowledgement of the broker. */
export interface PendingRecord {
  readonly id: string
  readonly number: bigint
  readonly record: OutgoingRecord
}

/** The offset of a stamped record. */
export interface LandedRecord {
  readonly id: string
  readonly number: bigint
  readonly offset: bigint
}

/** The facts of one partition that a heartbeat of the feed needs. */
export interface PartitionTally {
  readonly partition: number
  /** The highest assigned number, or 0 if there is none. */
  readonly last: bigint
  /** True if a row at or below the given sequence is not acknowledged. Without a sequence, all rows count. */
  readonly unacknowledged: boolean
}

/** A feed of a source, and the sequence up to which its rows count. Without a sequence, all rows count. */
export interface FeedQuestion {
  readonly tenant: string
  readonly sequence?: bigint
}

/** The tallies of one feed, for a heartbeat for many tenants. */
export interface FeedTally {
  readonly tenant: string
  /** The first sequence, from 1 on, that no row has. */
  readonly next: bigint
  /** The newest epoch of the feed, or 0 if none was begun. */
  readonly epoch: bigint
  readonly partitions: readonly PartitionTally[]
}

/** A feed and one of its partitions. */
export interface FeedPartition extends Feed {
  readonly partition: number
}

/** The time for which rows have waited, in milliseconds by the store's clock. */
export interface WaitingAge {
  readonly olderThanMs: number
  /** If absent, there is no upper limit. */
  readonly youngerThanMs?: number
}

/** The status of a feed that the gateways know and the source can read. */
export interface FeedStatus {
  /** The newest event that was stamped, by the time of its stamp. */
  readonly lastAccepted: { readonly id: string; readonly acceptedAtMs: number } | null
  readonly next: bigint
  /** The first sequence above all that have a stamp. It follows once every gap is closed. */
  readonly above: bigint
  readonly unacknowledged: number
  /** Sequences without a stamp below the highest one, in ascending order, at most as many as requested. */
  readonly gaps: readonly NumberRange[]
}

/** The numbers from the first to the last, both included. */
export interface NumberRange {
  readonly from: bigint
  readonly to: bigint
}

/** The newest epoch of a feed, and the cursor that its last heartbeat with one brought. */
export interface FeedEpoch {
  readonly epoch: bigint
  readonly cursor?: string
}

/** The operations of the store under the feed's lock. */
export interface FeedTransaction {
  /** The newest epoch of the feed, or 0 if none was begun. Changes of older ones get no stamp. */
  readonly epoch: bigint
  /** Returns all rows with one of these ids or sequences. */
  find(ids: readonly string[], sequences: readonly bigint[]): Promise<readonly StampedRow[]>
  /** Returns the first `count` sequences, from 1 on, that no row has, in ascending order (rule 35). */
  freeSequences(count: number): Promise<readonly bigint[]>
  /** Returns by partition the first `count` numbers, from 1 on, that no row has there, in ascending order. */
  freeNumbers(wanted: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, readonly bigint[]>>
  /** Returns the tallies of the given partitions, from one snapshot of the database. */
  tally(
    partitions: readonly number[],
    upToSequence: bigint | undefined,
  ): Promise<readonly PartitionTally[]>
  /**
   * Writes unacknowledged rows with their bytes.
   *
   * @throws `database.serialization` if the reconciler, the other writer, has just stored one of them
   */
  insert(rows: readonly NewStamp[]): Promise<void>
}

/**
 * The numbers that the gateways assigned (rules 34 to 37). All gateways share this store. The reconciler
 * writes the stamps of the records that it applies into the same rows, as acknowledged. So a restored
 * database gets them again.
 *
 * @throws `database.*` from every method
 */
export interface StampStore {
  /**
   * Runs `work` in one transaction that holds the feed's lock, so gateways write one after another in each
   * feed. The writes of `work` are durable when this resolves. They are rolled back if `work` throws. If this
   * rejects with `database.unavailable`, the outcome is unknown.
   */
  inFeed<T>(feed: Feed, work: (tx: FeedTransaction) => Promise<T>): Promise<T>
  /**
   * Tallies feeds of a source in one transaction that holds the lock of each, as
   * {@link FeedTransaction.tally} does for one. A feed whose lock another transaction holds is left out, and
   * a feed that was never locked can be left out. The call does not wait for locks. So one busy feed delays
   * no other, and two calls never wait for each other.
   */
  tallyFree(
    source: string,
    feeds: readonly FeedQuestion[],
    partitions: readonly number[],
  ): Promise<readonly FeedTally[]>
  /** Returns the rows of these ids, without the lock. */
  find(feed: Feed, ids: readonly string[]): Promise<readonly StampedRow[]>
  /**
   * Returns the unacknowledged rows of a partition that have bytes, by number, at most `limit`. They are the
   * rows of these events, or all of them.
   */
  unacknowledged(
    at: FeedPartition,
    limit: number,
    wanted: Wanted,
  ): Promise<readonly PendingRecord[]>
  /**
   * Stores that the topic has these records, and deletes their bytes. If a record has two offsets, the first
   * stored one stays. A row that got another number by a restore still waits. The record with its own number
   * must be produced. Otherwise the feed has a gap for ever.
   */
  acknowledge(at: FeedPartition, landed: readonly LandedRecord[]): Promise<void>
  /** Returns the feeds and partitions in which rows of this age wait unacknowledged, at most `limit`. */
  leftovers(age: WaitingAge, limit: number): Promise<readonly FeedPartition[]>
  /** Returns the newest policy version that was announced or is active, or 0 if there is none. */
  newestPolicyVersion(): Promise<number>
  status(feed: Feed, gapsMax: number): Promise<FeedStatus>
  /** Begins an epoch: the next one, and at least `least`, which makes it new after a restore of the database. */
  beginEpoch(feed: Feed, least: bigint): Promise<FeedEpoch>
  /** Keeps the cursor, unless a newer epoch was begun. */
  keepCursor(feed: Feed, kept: Required<FeedEpoch>): Promise<void>
}

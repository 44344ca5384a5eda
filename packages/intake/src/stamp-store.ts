import type { OutgoingRecord } from '@freshet/events'
import type { Wanted } from './producer-turns.ts'

/** The unit that numbers, sequences and `through` belong to. */
export interface Feed {
  readonly tenant: string
  readonly source: string
}

/** A number that was given to an event in a partition, and what became of its record. */
export interface StampedRow {
  readonly id: string
  readonly partition: number
  readonly number: bigint
  readonly sequence: bigint | null
  readonly contentHash: string
  readonly acknowledged: boolean
  /** Where the record stands; `null` while that is unknown. */
  readonly offset: bigint | null
}

/** A stamp with the record that bears it, byte for byte as it will be produced (rule 34). */
export interface NewStamp {
  readonly id: string
  readonly partition: number
  readonly number: bigint
  readonly sequence: bigint | null
  readonly contentHash: string
  readonly record: OutgoingRecord
}

/** A stamped record that the broker has not acknowledged, or not to our knowledge. */
export interface PendingRecord {
  readonly id: string
  readonly number: bigint
  readonly record: OutgoingRecord
}

/** Where a stamped record stands. */
export interface LandedRecord {
  readonly id: string
  readonly number: bigint
  readonly offset: bigint
}

/** What a heartbeat must know of one partition of its feed. */
export interface PartitionTally {
  readonly partition: number
  /** The highest number given here; 0 where there is none. */
  readonly last: bigint
  /** Rows at or below the sequence asked about, or any, that are not acknowledged. */
  readonly unacknowledged: boolean
}

/** A feed of a source, and the sequence up to which its rows are asked about; absent: all of them. */
export interface FeedQuestion {
  readonly tenant: string
  readonly sequence?: bigint
}

/** The tally of one feed, for a heartbeat for many tenants. */
export interface FeedTally {
  readonly tenant: string
  /** The first sequence from 1 on that no row has. */
  readonly next: bigint
  readonly partitions: readonly PartitionTally[]
}

/** A feed and one of its partitions. */
export interface FeedPartition extends Feed {
  readonly partition: number
}

/** How long rows have waited, in milliseconds by the store's clock. */
export interface WaitingAge {
  readonly olderThanMs: number
  /** Absent: however long. */
  readonly youngerThanMs?: number
}

/** What a source may see of one of its feeds. */
export interface FeedStatus {
  /** The newest event that was stamped here, by time of stamping. */
  readonly lastAccepted: { readonly id: string; readonly acceptedAtMs: number } | null
  readonly next: bigint
  /** The first sequence above all that have a stamp: what follows once every hole is closed. */
  readonly above: bigint
  readonly unacknowledged: number
  /** Sequences without a stamp below the highest one, ascending; at most as many as were asked for. */
  readonly holes: readonly NumberRange[]
}

/** Numbers from the first to the last, both included. */
export interface NumberRange {
  readonly from: bigint
  readonly to: bigint
}

/** The part of the store that is used while the feed is locked. */
export interface FeedTransaction {
  /** All rows with one of these ids or of these sequences. */
  find(ids: readonly string[], sequences: readonly bigint[]): Promise<readonly StampedRow[]>
  /** The first `count` sequences from 1 on that no row has, ascending (rule 35). */
  freeSequences(count: number): Promise<readonly bigint[]>
  /** By partition, the first `count` numbers from 1 on that no row has there, ascending. */
  freeNumbers(wanted: ReadonlyMap<number, number>): Promise<ReadonlyMap<number, readonly bigint[]>>
  /** All partitions that are asked for, in one snapshot. */
  tally(
    partitions: readonly number[],
    upToSequence: bigint | undefined,
  ): Promise<readonly PartitionTally[]>
  /**
   * Writes rows, unacknowledged, with their bytes.
   *
   * @throws `database.serialization` if another writer, the reconciler, has just stored one of them
   */
  insert(rows: readonly NewStamp[]): Promise<void>
}

/**
 * What the gateways have numbered (rules 34 to 37). Shared by all gateways; the reconciler writes
 * the stamps of what it applies into the same rows, acknowledged, so that a restored database
 * learns them again.
 *
 * @throws `database.*` from every method
 */
export interface StampStore {
  /**
   * Runs `work` in one transaction that holds the feed's lock: gateways take turns per feed. What
   * it wrote is durable when this resolves, and gone if `work` throws. When this rejects with
   * `database.unavailable` the outcome is unknown.
   */
  inFeed<T>(feed: Feed, work: (tx: FeedTransaction) => Promise<T>): Promise<T>
  /**
   * Tallies feeds of a source in one transaction that holds the lock of each, as {@link FeedTransaction.tally} does for
   * one. A feed whose lock another holds is left out, and one that was never locked can be. The call does not
   * wait for it, so one busy feed delays no other, and two calls never wait for each other.
   */
  tallyFree(
    source: string,
    asked: readonly FeedQuestion[],
    partitions: readonly number[],
  ): Promise<readonly FeedTally[]>
  /** Rows of these ids, without the lock. */
  find(feed: Feed, ids: readonly string[]): Promise<readonly StampedRow[]>
  /** The unacknowledged rows of a partition that have bytes, of these events or all, by number, at most `limit`. */
  unacknowledged(
    at: FeedPartition,
    limit: number,
    wanted: Wanted,
  ): Promise<readonly PendingRecord[]>
  /**
   * Notes that records stand in the topic, and keeps their bytes no longer. Of two offsets of one record the first noted stays. A
   * row that bears another number by now, given after a restore, still waits: its own must be
   * produced, or the feed has a hole for ever.
   */
  acknowledge(at: FeedPartition, landed: readonly LandedRecord[]): Promise<void>
  /** Where rows of this age wait unacknowledged; at most `limit`. */
  leftovers(age: WaitingAge, limit: number): Promise<readonly FeedPartition[]>
  /** The newest policy version that was announced or is active; 0 where there is none. */
  newestPolicyVersion(): Promise<number>
  status(feed: Feed, holesMax: number): Promise<FeedStatus>
}

import type { FreshetError } from '@freshet/protocol'

/** A record in a partition of a topic. `headers` hold the last value of each name. */
export interface LogRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** Time of append by the broker's clock (topics use LogAppendTime). */
  readonly appendedAtMs: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>>
}

/** A record that is to be appended. */
export interface OutgoingRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, Uint8Array>>
}

/** The place of an append: its records have consecutive offsets from `baseOffset`. */
export interface Appended {
  readonly baseOffset: bigint
  readonly appendedAtMs: number
}

/** First offset that can be read and the offset that the next record will get. */
export interface PartitionBounds {
  readonly partition: number
  readonly earliest: bigint
  readonly end: bigint
}

/**
 * Appends records to one partition of a topic.
 *
 * The records of one call are consecutive, in order, in one produce request, which other calls can share. The
 * promise resolves when they are on every in-sync replica. If it rejects, the outcome is unknown: the broker
 * can have appended them, once or more than once. Calls for one partition are appended in their order.
 *
 * @throws `broker.unavailable`, `topic.mismatch`
 */
export interface LogWriter {
  append(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<Appended>
}

/** The callbacks of a follower. Calls for one partition never overlap; a returned promise is awaited. */
export interface LogFollower {
  /**
   * Receives records in offset order without repeats. The list is empty if the broker answered that there is
   * nothing new. `end` is the broker's high watermark.
   */
  onRecords(partition: number, records: readonly LogRecord[], end: bigint): void | Promise<void>
  /** The requested position no longer exists. Return the offset at which reading continues. */
  onOffsetLost(partition: number, bounds: PartitionBounds): bigint | Promise<bigint>
  /** Contact with this partition was re-established: a reconnect, or another leader. */
  onReconnect?(partition: number): void | Promise<void>
  /** Reading failed at the broker and will be retried. Called for each failed attempt. */
  onTrouble?(error: FreshetError): void
}

/** Reads partitions by position, without a consumer group. */
export interface LogReader {
  /**
   * Returns the bounds of these partitions; by default of every partition that the topic has.
   *
   * @throws `broker.unavailable`, also if one of them has no leader
   */
  bounds(topic: string, partitions?: readonly number[]): Promise<readonly PartitionBounds[]>
  /**
   * Returns up to `limit` records from `from`; fewer at the end of the log. It does not wait for new records.
   *
   * @throws `broker.unavailable`, `broker.offset-lost`
   */
  read(topic: string, partition: number, from: bigint, limit: number): Promise<readonly LogRecord[]>
  /**
   * Follows the given partitions from the given offsets until the signal aborts. It retries failures of the
   * broker with bounded back-off; an error thrown by the follower rejects.
   */
  follow(
    topic: string,
    from: ReadonlyMap<number, bigint>,
    follower: LogFollower,
    signal: AbortSignal,
  ): Promise<void>
}

/** The database's record of its place in a partition of the change topic. */
export interface RememberedPlace {
  readonly e: bigint
  readonly nextOffset: bigint
  /** Hash of the record before `nextOffset`; `null` before the first one. */
  readonly lastHash: string | null
  /** Offset of the stored head of the revocation partition; `null` before the first one. */
  readonly head: bigint | null
}

/** The changes of the database for a new incarnation. */
export interface Raise {
  /** The incarnation that failed the check; a later one in the database stays. */
  readonly from: bigint
  /** `max(from + 1, Unix seconds, …)`, so that a restored counter never repeats one (rule 27). */
  readonly to: bigint
  /** First offset that can be read, by partition: all partitions are read again. */
  readonly earliest: ReadonlyMap<number, bigint>
}

/** The store of positions. */
export interface IncarnationStore {
  remembered(partition: number): Promise<RememberedPlace>
  /**
   * Raises `e` in one transaction, with all progress rows locked in ascending order. It sets the positions to
   * the earliest offsets, and forgets the last hashes and every `through` (rules 18, 27). If the topic begins behind
   * the position of a partition, records were never read: every feed is halted there. It does nothing if the
   * database's `e` is no longer `from`.
   */
  raise(raise: Raise): Promise<void>
}

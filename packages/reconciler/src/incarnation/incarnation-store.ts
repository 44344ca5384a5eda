/** What the database remembers of its place in a partition of the change topic. */
export interface Remembered {
  readonly e: bigint
  readonly nextOffset: bigint
  /** Hash of the record before `nextOffset`; `null` before the first one. */
  readonly lastHash: string | null
  /** Offset of the stored head of the revocation partition; `null` before the first one. */
  readonly head: bigint | null
}

/** What a new incarnation does to the database. */
export interface Raise {
  /** The incarnation that was found wanting; a later one in the database stands. */
  readonly from: bigint
  /** `max(from + 1, Unix seconds, …)`, so that a restored counter never repeats one (rule 27). */
  readonly to: bigint
  /** First offset that can be read, by partition: all are read again. */
  readonly earliest: ReadonlyMap<number, bigint>
}

/** Where positions live. */
export interface IncarnationStore {
  remembered(partition: number): Promise<Remembered>
  /**
   * In one transaction, with all progress rows locked in ascending order: raises `e`, sets the
   * positions to the earliest offsets, forgets the last hashes and every `through` (rules 18, 27).
   * Does nothing when the database's `e` is not `from` any more.
   */
  raise(raise: Raise): Promise<void>
}

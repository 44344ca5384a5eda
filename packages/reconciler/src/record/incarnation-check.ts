/** The position from which a partition is read, once the topic is known to be the remembered one. */
export interface VerifiedPosition {
  readonly e: bigint
  readonly nextOffset: bigint
}

/** Checks whether the change topic is still the one that the database knows (rules 27 and 28). */
export interface IncarnationCheck {
  /**
   * Compares the record before our position with the records that the database and the last checkpoint name.
   * If it is another or unreadable, the check raises the incarnation of all partitions. Resolves with the
   * position in force afterwards.
   *
   * @throws `broker.unavailable`, `database.*`
   */
  verify(partition: number): Promise<VerifiedPosition>
}

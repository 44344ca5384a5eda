/** Where a partition is to be read on from, once the topic is known to be the remembered one. */
export interface VerifiedPosition {
  readonly e: bigint
  readonly nextOffset: bigint
}

/**
 * Finds out whether the change topic still is the one that the database knows (rules 27 and 28).
 */
export interface IncarnationCheck {
  /**
   * Compares the record before our position with what database and last checkpoint remember, and
   * raises the incarnation of all partitions where it is another or unreadable. Resolves with the
   * position in force afterwards.
   *
   * @throws `broker.unavailable`, `database.*`
   */
  verify(partition: number): Promise<VerifiedPosition>
}

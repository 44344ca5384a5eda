/** The watermarks, as far as they are pruned. */
export interface PruneStore {
  /**
   * Removes at most `limit` watermarks that were raised before `beforeMs`; resolves with how many
   * went. No token that is older lives: see {@link runPruning}.
   *
   * @throws `database.*`
   */
  pruneWatermarks(beforeMs: number, limit: number): Promise<number>
}

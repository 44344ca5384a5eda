import type { Registry } from '@freshet/protocol'

/**
 * Denials that end, by the object that they name. It is an access token of ours with a known end, any token,
 * or a session of an identity provider.
 */
export type EndingDenials = 'ended-tokens' | 'tokens' | 'sessions'

/** The tenants and sources of the policy in force. */
export interface InForce {
  readonly tenants: readonly string[]
  /** Our own source is always in force. */
  readonly sources: readonly string[]
}

/** Returns the tenants and sources of a registry. */
export function inForceOf({ tenants, sources }: Registry): InForce {
  return { tenants: [...tenants.keys()], sources: [...sources.keys()] }
}

/**
 * Prunes everything that grows with each change and each token. Each method removes at most `limit` rows, the
 * oldest first, and resolves with the number of removed rows.
 *
 * Two kinds are never pruned (rules 6 and 7), because only they separate an old statement from a new one. A
 * source can repeat a statement at any time. One kind is tombstones of elements, inside of the claim state; a
 * `set` or a snapshot with a later version clears them. The other is withdrawn values, one row for each.
 *
 * @throws `database.*`
 */
export interface PruneStore {
  /**
   * Prunes watermarks that were raised before. No token that is older is still valid: see {@link runPruning}.
   */
  pruneWatermarks(beforeMs: number, limit: number): Promise<number>
  /** Prunes marks of changes that were applied before: the tokens that they concern have expired, too. */
  pruneMarks(beforeMs: number, limit: number): Promise<number>
  /** Prunes rows of the change log that were applied before. */
  pruneChanges(beforeMs: number, limit: number): Promise<number>
  /** Prunes issuances whose tokens expired before. */
  pruneIssuances(beforeMs: number, limit: number): Promise<number>
  /** Prunes foreign tokens that expired before. */
  pruneForeignTokens(beforeMs: number, limit: number): Promise<number>
  /**
   * Prunes acknowledged stamps that were given before, by the store's clock. They must be below the first
   * free sequence and number of their feed. Those two stay stored, so that the next stamps have no gap. The
   * highest number of a feed in a partition stays, because heartbeats name it. Stamps of our own source are
   * not among these.
   */
  pruneStamps(beforeMs: number, limit: number): Promise<number>
  /**
   * Prunes stamps of our own source on the same terms, except those of activations. Those are few, and they
   * identify a version that is announced again.
   */
  pruneOwnStamps(beforeMs: number, limit: number): Promise<number>
  /**
   * Prunes denials of a kind that were last recorded before. Denials of keys and issuers stay permanently.
   */
  pruneDenials(kind: EndingDenials, beforeMs: number, limit: number): Promise<number>
  /** Prunes quarantined records whose newest arrival and latest decision were before. */
  pruneQuarantined(beforeMs: number, limit: number): Promise<number>
  /** Prunes quarantined records beyond the latest `keep` arrivals of each reason. */
  trimQuarantined(keep: number, limit: number): Promise<number>
  /**
   * Prunes feeds whose tenant or source the policy in force lacks and whose `through` is before. A feed that
   * is halted, or has an open snapshot, stays, because forgetting it would end the halt. A feed that comes
   * back after this has a gap at its first number, and is complete again after a snapshot.
   */
  pruneFeeds(inForce: InForce, beforeMs: number, limit: number): Promise<number>
}

import type { Registry } from '@freshet/domain'

/**
 * Denials that end, by what their names can still name: an access token of ours whose end is known, any
 * token, or a session of an identity provider.
 */
export type EndingDenials = 'ended-tokens' | 'tokens' | 'sessions'

/** The tenants and sources of the policy in force. */
export interface InForce {
  readonly tenants: readonly string[]
  /** Our own source is always in force. */
  readonly sources: readonly string[]
}

/** Those of a registry. */
export function inForceOf({ tenants, sources }: Registry): InForce {
  return { tenants: [...tenants.keys()], sources: [...sources.keys()] }
}

/**
 * What grows with every change and every token, as far as it is pruned. Each method removes at most
 * `limit` rows, the oldest first, and resolves with how many went.
 *
 * Never pruned, because only they tell an old statement from a new one, and a source may repeat at
 * any time what it said: tombstones of elements, inside of the claim state, which a `set` or a full
 * statement with a later version clears away; and withdrawn values, one row for each (rules 6 and 7).
 *
 * @throws `database.*`
 */
export interface PruneStore {
  /** Watermarks that were raised before. No token that is older lives: see {@link runPruning}. */
  pruneWatermarks(beforeMs: number, limit: number): Promise<number>
  /** Marks of changes that were applied before: the tokens that they concern have expired, too. */
  pruneMarks(beforeMs: number, limit: number): Promise<number>
  /** Rows of the change log that were applied before. */
  pruneChanges(beforeMs: number, limit: number): Promise<number>
  /** Issuances whose tokens expired before. */
  pruneIssuances(beforeMs: number, limit: number): Promise<number>
  /** Foreign tokens that expired before. */
  pruneForeignTokens(beforeMs: number, limit: number): Promise<number>
  /**
   * Stamps that were given before, by the store's clock, are acknowledged, and stand below the first
   * free sequence and number of their feed, which is remembered: so the next ones stay dense. The
   * highest number of a feed in a partition stays, because heartbeats name it. Stamps of our own source
   * are not among these.
   */
  pruneStamps(beforeMs: number, limit: number): Promise<number>
  /**
   * Stamps of our own source on the same terms, but for those of activations, which are few: a version
   * that is announced again is known by them.
   */
  pruneOwnStamps(beforeMs: number, limit: number): Promise<number>
  /** Denials of a kind that were last recorded before. Denials of keys and issuers stay for good. */
  pruneDenials(kind: EndingDenials, beforeMs: number, limit: number): Promise<number>
  /** Parked records whose newest arrival and latest decision were before. */
  pruneParked(beforeMs: number, limit: number): Promise<number>
  /** Parked records beyond the `keep` of each reason that arrived last. */
  trimParked(keep: number, limit: number): Promise<number>
  /**
   * Feeds whose tenant or source the policy in force lacks and whose `through` is before. A feed that is
   * halted, or has a full statement that is open, stays: forgetting it would end the halt. A feed that
   * comes back after this has a hole at its first number, and is complete again after a full statement.
   */
  pruneFeeds(inForce: InForce, beforeMs: number, limit: number): Promise<number>
}

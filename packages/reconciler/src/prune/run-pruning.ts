import {
  dispositionOf,
  IDENTITY_TOKEN_LIFE_CEILING_MS,
  RETENTION,
  WATERMARK_MARGIN_MS,
  type Registry,
} from '@freshet/protocol'
import type { Timer } from '@freshet/wire'

/** Rows that one statement removes. */
export const PRUNE_CHUNK_ROWS = 5_000
/** Pause when nothing is left to prune, and after a failure. */
export const PRUNE_IDLE_MS = 60_000
/** Pause between two rounds of chunks, so that pruning never takes a core from recording. */
export const PRUNE_BREATH_MS = 50

/** The dependencies of pruning. */
export interface PruneContext {
  readonly store: PruneStore
  readonly timer: Timer
  /** T_max + margin: a watermark outlives every token that it makes stale (rule 25). */
  readonly keepMs: number
  /**
   * The longest session of any identity provider. Minting needs the denial of a session for so long, because
   * each exchange checks whether the session of the identity provider's token is denied.
   */
  readonly sessionLifeMaxMs: number
  /** Called in each round. */
  readonly inForce: () => InForce
  /** Pruning of one kind failed and will retry; the other kinds are pruned all the same. */
  readonly onFailed: (error: unknown) => void
}

type Prune = (nowMs: number) => Promise<number>

/**
 * Removes the rows that nothing depends on any more, chunk by chunk, until the signal aborts: watermarks, and
 * the rows with the times of `retention.ts`.
 *
 * A token that was minted before a watermark was raised has expired `keepMs` later, because no edge accepts a
 * longer life. A token that was minted afterwards has a later label. The same holds for a token that existed
 * when it was denied. A denied session can name tokens for as long as it lasts.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function runPruning(context: PruneContext, signal: AbortSignal): Promise<void> {
  const kinds = kindsOf(context)
  while (!signal.aborted) {
    let isMore = false
    for (const prune of kinds) {
      const removed = await pruneOnce(context, prune)
      isMore ||= removed >= PRUNE_CHUNK_ROWS
    }
    await context.timer.sleep(isMore ? PRUNE_BREATH_MS : PRUNE_IDLE_MS, signal)
  }
}

function kindsOf(context: PruneContext): readonly Prune[] {
  const { store, keepMs, inForce } = context
  return [
    (nowMs) => store.pruneWatermarks(nowMs - keepMs, PRUNE_CHUNK_ROWS),
    (nowMs) => store.pruneMarks(nowMs - keepMs, PRUNE_CHUNK_ROWS),
    ...denialsOf(context),
    (nowMs) => store.pruneOwnStamps(nowMs - keepMs, PRUNE_CHUNK_ROWS),
    (nowMs) => store.pruneStamps(nowMs - STAMPS_KEPT_MS, PRUNE_CHUNK_ROWS),
    (nowMs) => store.pruneChanges(nowMs - CHANGES_KEPT_MS, PRUNE_CHUNK_ROWS),
    (nowMs) => store.pruneQuarantined(nowMs - QUARANTINED_KEPT_MS, PRUNE_CHUNK_ROWS),
    () => store.trimQuarantined(QUARANTINED_KEPT_MAX, PRUNE_CHUNK_ROWS),
    (nowMs) => store.pruneIssuances(nowMs - ISSUANCES_KEPT_MS, PRUNE_CHUNK_ROWS),
    (nowMs) => store.pruneForeignTokens(nowMs - ISSUANCES_KEPT_MS, PRUNE_CHUNK_ROWS),
    (nowMs) => store.pruneFeeds(inForce(), nowMs - CHANGES_KEPT_MS, PRUNE_CHUNK_ROWS),
  ]
}

function denialsOf({ store, keepMs, sessionLifeMaxMs }: PruneContext): readonly Prune[] {
  const kept = [
    ['ended-tokens', keepMs],
    ['tokens', TOKEN_DENIALS_KEPT_MS],
    // A token that was minted at the very end of a session is valid for `keepMs` after it.
    ['sessions', sessionLifeMaxMs + keepMs],
  ] as const
  return kept.map(([kind, keptMs]) => {
    return (nowMs) => store.pruneDenials(kind, nowMs - keptMs, PRUNE_CHUNK_ROWS)
  })
}

async function pruneOnce({ timer, onFailed }: PruneContext, prune: Prune): Promise<number> {
  try {
    return await prune(timer.nowMs())
  } catch (error) {
    if (dispositionOf(error) !== 'retry') throw error
    onFailed(error)
    return 0
  }
}

/**
 * The time for which an acknowledged stamp is kept. While the topic still has the record, a restored database
 * learns its stamp again. Later it cannot, so nothing is allowed to depend on the stamp. A source that
 * repeats an event after this time receives the expected sequence. If the gateway numbers, the event is
 * stamped again and the change log recognises it.
 */
export const STAMPS_KEPT_MS: number = RETENTION.stamps.keptMs

/**
 * The time for which an applied change stays in the log: the longest window of a service level (28 d) and a
 * week for investigation. No record stays longer on the topic or in quarantine (30 d), so a record that is
 * read again is recognised as a repeat. A repeat that comes later still is merged by its version and changes
 * nothing that is in force. At most it makes tokens stale.
 */
export const CHANGES_KEPT_MS: number = RETENTION.changes.keptMs

/**
 * The time for which a quarantined record is known after its last arrival or last decision: as long as the
 * quarantine topic keeps its bytes. The doubts that it caused stay longer.
 */
export const QUARANTINED_KEPT_MS: number = RETENTION.parked.keptMs

/** Most quarantined records that are known of one reason, which limits a mass of forged ones. */
export const QUARANTINED_KEPT_MAX = 100_000

/**
 * The time for which the denial of a token without a known end is kept. The token can be one of an identity
 * provider, which the authority exchanges within a day of its issue and never later.
 */
export const TOKEN_DENIALS_KEPT_MS: number = IDENTITY_TOKEN_LIFE_CEILING_MS + WATERMARK_MARGIN_MS

/** The time for which an issuance is kept after its token expired: as long as the changes that explain it. */
export const ISSUANCES_KEPT_MS: number = RETENTION.issuances.keptMs

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

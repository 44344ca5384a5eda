import { RETENTION } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'

/** Partitions are there this long before a token could fall into them. */
export const TOKEN_PARTITIONS_AHEAD_MS = 3_600_000
/** So long after the last of their tokens expired they stay in the ledger that edges are judged by. */
export const TOKEN_PARTITIONS_KEPT_MS: number = RETENTION.tokens.keptMs
/** So long they are kept behind it, for people who ask what a token was and who held what: 35 days. */
export const PAST_TOKENS_KEPT_MS: number = RETENTION.pastTokens.keptMs
/** Between two rounds; a round that failed is followed by the next. */
export const TOKEN_PARTITIONS_ROUND_MS = 60_000

/** The ledger's partitions by expiry. */
export interface TokenPartitions {
  /**
   * Makes sure of every partition that overlaps `[fromMs, untilMs)`. Idempotent; several
   * processes may do it at once.
   *
   * @throws `database.*`
   */
  ensure(fromMs: number, untilMs: number): Promise<void>
  /** Takes partitions whose tokens all expired before `beforeMs` out of the ledger; returns how many. */
  retire(beforeMs: number): Promise<number>
  /** Drops those that were taken out and whose tokens all expired before `beforeMs`; returns how many. */
  dropBefore(beforeMs: number): Promise<number>
}

/** One round: partitions for every token of a life up to `lifeMaxMs`, and ahead; old ones are put by. */
export async function tendTokenPartitions(
  partitions: TokenPartitions,
  nowMs: number,
  lifeMaxMs: number,
): Promise<void> {
  await partitions.ensure(nowMs, nowMs + lifeMaxMs + TOKEN_PARTITIONS_AHEAD_MS)
  await partitions.retire(nowMs - TOKEN_PARTITIONS_KEPT_MS)
  await partitions.dropBefore(nowMs - PAST_TOKENS_KEPT_MS)
}

/**
 * Tends the partitions until the signal aborts. Call {@link tendTokenPartitions} once before the
 * first mint; an hour of failed rounds can pass before minting fails.
 */
export async function keepTokenPartitions(
  partitions: TokenPartitions,
  options: {
    readonly timer: Timer
    readonly lifeMaxMs: number
    readonly onFailure: (error: unknown) => void
  },
  signal: AbortSignal,
): Promise<void> {
  const { timer, lifeMaxMs, onFailure } = options
  while (!signal.aborted) {
    await timer.sleep(TOKEN_PARTITIONS_ROUND_MS, signal)
    if (signal.aborted) return
    await tendTokenPartitions(partitions, timer.nowMs(), lifeMaxMs).catch(onFailure)
  }
}

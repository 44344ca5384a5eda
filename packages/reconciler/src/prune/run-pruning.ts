import { dispositionOf } from '@freshet/domain'
import type { Timer } from '@freshet/events'
import type { PruneStore } from './prune-store.ts'

/** Watermarks that one statement removes. */
export const PRUNE_CHUNK_ROWS = 5_000
/** Pause when nothing is left to prune, and after a failure. */
export const PRUNE_IDLE_MS = 60_000
/** Pause between two chunks, so that pruning never takes a core from recording. */
export const PRUNE_BREATH_MS = 50

/** What pruning needs. */
export interface PruneContext {
  readonly store: PruneStore
  readonly timer: Timer
  /** T_max + margin: a watermark outlives every token that it makes stale (rule 25). */
  readonly keepMs: number
  /** Pruning failed and goes on later. */
  readonly onFailed: (error: unknown) => void
}

/**
 * Removes watermarks that no living token can be below, chunk by chunk, until the signal aborts.
 *
 * A token that was minted before a watermark was raised has expired `keepMs` later, because no edge
 * accepts a longer life; one that was minted afterwards has a later label.
 *
 * @throws whatever is not of disposition `retry`
 */
export async function runPruning(context: PruneContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const removed = await pruneOnce(context)
    const waitMs = removed === PRUNE_CHUNK_ROWS ? PRUNE_BREATH_MS : PRUNE_IDLE_MS
    await context.timer.sleep(waitMs, signal)
  }
}

async function pruneOnce({ store, timer, keepMs, onFailed }: PruneContext): Promise<number> {
  try {
    return await store.pruneWatermarks(timer.nowMs() - keepMs, PRUNE_CHUNK_ROWS)
  } catch (error) {
    if (dispositionOf(error) !== 'retry') throw error
    onFailed(error)
    return 0
  }
}

import { dispositionOf } from '@freshet/protocol'
import { walkOnce, withLess, type RecordContext } from './record-transaction.ts'
import type { Rest } from '../quiet-rests.ts'

/** Longest pause while there is no walk, and the pause after a failure. */
export const WALK_IDLE_MS = 1_000
/** Pause between two steps, so that the records of the partition are recorded in between. */
export const WALK_BREATH_MS = 5

/** Failures in a row that make the next step shorter; further ones have no effect. */
const FAILURES_MAX = 3

/** The dependencies of walking. */
export interface WalkLoop extends RecordContext {
  /** A step failed and will be retried. */
  onWalkFailed?(error: unknown): void
  /** The rest while no partition has a walk. Absent: it sleeps. */
  readonly rest?: Rest
}

/**
 * Walks over claims step by step until the signal aborts. It counts the claims that open snapshots have not
 * stated, and removes the claims that ended snapshots do not name. Partitions take turns, and their records
 * are recorded between two steps. Several processes share the walks: the lock of the partition and the stored
 * cursor make each step happen once.
 *
 * @throws every error that is not of disposition `retry`
 */
export async function runWalks(loop: WalkLoop, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const turn = await walkTurn(withLess(loop, Math.min(failures, FAILURES_MAX)), signal)
    failures = turn === 'failed' ? failures + 1 : 0
    if (turn === 'idle' && loop.rest !== undefined) await loop.rest(WALK_IDLE_MS, signal)
    else await loop.timer.sleep(turn === 'walked' ? WALK_BREATH_MS : WALK_IDLE_MS, signal)
  }
}

async function walkTurn(
  loop: WalkLoop,
  signal: AbortSignal,
): Promise<'walked' | 'held' | 'idle' | 'failed'> {
  try {
    const partitions = await loop.store.walkedPartitions()
    let walked = false
    for (const partition of partitions) {
      if (signal.aborted) break
      if (await walkOnce(loop, partition)) walked = true
    }
    if (walked) return 'walked'
    return partitions.length > 0 ? 'held' : 'idle'
  } catch (error) {
    if (dispositionOf(error) !== 'retry') throw error
    loop.onWalkFailed?.(error)
    return 'failed'
  }
}

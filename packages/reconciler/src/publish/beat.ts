import { BATCH_SPACING_MS } from '@freshet/domain'
import type { Timer } from '@freshet/events'

/** When the publishers of a process begin their turns. */
export interface Beat {
  /** Resolves at the next beat, for all who wait for it; at once when the signal aborts. */
  next(signal: AbortSignal): Promise<void>
}

/**
 * A beat whose strokes are at least `BATCH_SPACING_MS` apart, and as late as somebody waits for one. So the
 * batches of a partition keep their distance, and turns that begin together share what a turn costs
 * however little it publishes: snapshot, produce request and commit here, and the broker’s answer
 * at every edge.
 */
export function createBeat(timer: Timer): Beat {
  let lastMs = Number.NEGATIVE_INFINITY
  let coming: Promise<void> | undefined
  const stroke = async (forMs: number, signal: AbortSignal): Promise<void> => {
    await timer.sleep(forMs, signal)
    lastMs = timer.monotonicMs()
    coming = undefined
  }
  return {
    async next(signal) {
      const forMs = lastMs + BATCH_SPACING_MS - timer.monotonicMs()
      if (coming === undefined && forMs <= 0) lastMs = timer.monotonicMs()
      else await (coming ??= stroke(forMs, signal))
    },
  }
}

import type { Timer } from '@freshet/wire'
import { createWakeUp } from './publish/wake-up.ts'

/**
 * The longest rest of a background loop while its process records nothing. Work that a process left when it died is
 * found at most this much later.
 */
export const QUIET_REST_MS = 5_000

/** Rests for at least `forMs`. In the quiet it rests on, until something is recorded or `QUIET_REST_MS` is over. */
export type Rest = (forMs: number, signal: AbortSignal) => Promise<unknown>

/** The rests of the background loops of a process. */
export interface QuietRests {
  /** Called after each commit that can leave work to one of these loops. It ends the rests that are long enough. */
  readonly note: () => void
  /** Returns the rest of one more loop. A commit that is noted while the loop works shortens its next rest. */
  readonly ofLoop: () => Rest
}

/**
 * The time for which the background loops of a reconciler give way after a commit that wakes them. Meanwhile the
 * publisher sends the revocation of that commit, without their statements and connections in its way.
 */
export const GIVE_WAY_MS = 50

/**
 * Creates the rests of the loops that read queues of the database. The process that records fills these queues, so
 * its own commits are the time to read them, and a reader that finds nothing need not ask each second. A rest that
 * a commit ends goes on for `giveWayMs` (default 0), so that what the commit makes urgent comes first.
 */
export function quietRests(timer: Timer, giveWayMs = 0): QuietRests {
  const wakeUp = createWakeUp(timer)
  let loops = 0
  return {
    note() {
      for (let loop = 0; loop < loops; loop += 1) wakeUp.wake(loop)
    },
    ofLoop() {
      const loop = loops
      loops += 1
      return async (forMs, signal) => {
        await timer.sleep(forMs, signal)
        const isWoken = !signal.aborted && (await wakeUp.wait(loop, QUIET_REST_MS - forMs, signal))
        if (isWoken && giveWayMs > 0) await timer.sleep(giveWayMs, signal)
      }
    },
  }
}

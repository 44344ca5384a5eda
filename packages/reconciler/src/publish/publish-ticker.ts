import { BATCH_SPACING_MS } from '@freshet/protocol'
import type { Timer } from '@freshet/wire'
import { interruptibleSleep } from './interruptible-sleep.ts'

/** The next turns do not wait longer for a slow turn: the other partitions continue. */
export const TURN_AWAITED_MS = 250

/** The schedule of turns for the publishers of a process. */
export interface PublishTicker {
  /** Runs a turn that begins with the next beat; at once if the signal aborts. */
  turn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** The turns that begin with one beat. */
class Round {
  readonly begun: Promise<void>
  /** Called at the end of the last of them. */
  onOver: () => void = () => undefined
  beganMs: number = Number.NEGATIVE_INFINITY
  turns = 0

  constructor(begun: Promise<void>) {
    this.begun = begun
  }
}

/**
 * Creates a beat. Beats are at least `BATCH_SPACING_MS` apart, wait for the turns of the previous beat, and
 * come only if a turn waits for one. So batches of a partition keep their distance, and turns that begin
 * together stay together. They share the fixed cost of a turn: snapshot, produce request and commit here, and
 * an answer of the broker at every edge.
 */
export function createPublishTicker(timer: Timer): PublishTicker {
  let last = new Round(Promise.resolve())
  let coming: Round | undefined
  const pass = async (signal: AbortSignal): Promise<void> => {
    const round = last
    const until = (ms: number): number => round.beganMs + ms - timer.monotonicMs()
    if (round.turns > 0) {
      const { over, end } = interruptibleSleep(timer, until(TURN_AWAITED_MS), signal)
      round.onOver = end
      await over
    }
    if (until(BATCH_SPACING_MS) > 0) await timer.sleep(until(BATCH_SPACING_MS), signal)
    if (coming === undefined) return
    last = coming
    last.beganMs = timer.monotonicMs()
    coming = undefined
  }
  return {
    async turn(work, signal) {
      const round = (coming ??= new Round(Promise.resolve().then(() => pass(signal))))
      round.turns += 1
      await round.begun
      try {
        return await work()
      } finally {
        round.turns -= 1
        if (round.turns === 0) round.onOver()
      }
    },
  }
}

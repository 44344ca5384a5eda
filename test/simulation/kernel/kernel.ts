import { randomOf, type Random } from '../random.ts'
import { Schedule } from '../schedule.ts'
import { Trace } from './trace.ts'

/** Wall time at the start of every run. */
export const EPOCH_MS = 1_795_514_400_000

/**
 * One run: virtual time, the events that are due, a generator per concern, and the trace.
 *
 * Everything that an actor waits for is an event here: a timer, and also a request to a port and its answer.
 * Events of one time go in an order that the seed picks. Nothing else decides. No timer and no I/O of the
 * machine is awaited, so a seed gives the same run everywhere.
 */
export class Kernel {
  readonly trace: Trace
  readonly #seed: number
  readonly #schedule: Schedule
  readonly #ends: (() => void)[] = []

  constructor(seed: number, isTraceKept = false) {
    this.#seed = seed
    this.trace = new Trace(isTraceKept)
    const ties = this.random('ties')
    this.#schedule = new Schedule(() => ties.below(2 ** 32))
  }

  get nowMs(): number {
    return this.#schedule.nowMs
  }

  /** Returns a generator for one concern alone: one more draw in one does not shift another. */
  random(concern: string): Random {
    return randomOf(this.#seed, concern)
  }

  after(ms: number, run: () => void): void {
    this.#schedule.after(Math.max(0, Math.ceil(ms)), run)
  }

  /** Runs repeatedly, at times that vary by half around their mean, until `isOver`. */
  every(meanMs: number, random: Random, run: () => void, isOver: () => boolean): void {
    if (meanMs <= 0) return
    const next = (): void =>
      this.after(random.between(meanMs / 2, meanMs * 1.5), () => {
        if (isOver()) return
        run()
        next()
      })
    next()
  }

  /** `isMinor`: the line is hashed, but not kept for a reader. */
  log(actor: string, what: string, isMinor = false): void {
    this.trace.add(this.nowMs, actor, what, isMinor)
  }

  /** Called when the run has ended and its trace was taken. */
  onEnd(callback: () => void): void {
    this.#ends.push(callback)
  }

  /** Releases everything that the run holds outside of itself. */
  end(): void {
    for (const callback of this.#ends) callback()
  }

  /** Runs events until that time, or until `isOver`. All effects of an event end before the next event. */
  async runUntil(endMs: number, isOver: () => boolean = () => false): Promise<void> {
    while (!isOver() && this.#schedule.runNext(endMs)) await drained()
    if (!isOver()) this.#schedule.nowMs = Math.max(this.nowMs, endMs)
  }
}

/**
 * Resolves when no promise reaction is left to run. Node reads its queue of ticks only when the queue of
 * promise reactions is empty, also if one of those reactions requested the tick. Nothing in a run waits for
 * the event loop. So this is exact, and takes a microsecond.
 *
 * The exception is a caller that is no promise reaction, such as the listener of an event: ticks go first
 * there. So a run awaits this once before its first event.
 */
export function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

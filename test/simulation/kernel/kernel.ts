import { randomOf, type Random } from '../random.ts'
import { Schedule } from '../schedule.ts'
import { Trace } from './trace.ts'

/** Wall time at the start of every run. */
export const EPOCH_MS = 1_795_514_400_000

/**
 * One run: virtual time, the events that are due, a generator per concern, the trace.
 *
 * Whatever an actor waits for is an event here, a timer as well as the way of a call to a port and
 * of its answer. Events of one moment go in an order that the seed picks. Nothing else decides: no
 * timer and no I/O of the machine is awaited, so a seed gives the same run everywhere.
 */
export class Kernel {
  readonly trace: Trace
  readonly #seed: number
  readonly #schedule: Schedule
  readonly #ends: (() => void)[] = []

  constructor(seed: number, isTold = false) {
    this.#seed = seed
    this.trace = new Trace(isTold)
    const ties = this.random('ties')
    this.#schedule = new Schedule(() => ties.below(2 ** 32))
  }

  get nowMs(): number {
    return this.#schedule.nowMs
  }

  /** A generator of its own for each concern: one more draw in one does not shift another. */
  random(concern: string): Random {
    return randomOf(this.#seed, concern)
  }

  after(ms: number, run: () => void): void {
    this.#schedule.after(Math.max(0, Math.ceil(ms)), run)
  }

  /** Again and again, at times that vary by half around their mean, until `isOver`. */
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

  /** `isMinor`: hashed, and not kept for a reader. */
  tell(actor: string, what: string, isMinor = false): void {
    this.trace.add(this.nowMs, actor, what, isMinor)
  }

  /** Called when the run is over and its trace was taken. */
  onEnd(tell: () => void): void {
    this.#ends.push(tell)
  }

  /** Lets go of whatever the run holds outside of itself. */
  end(): void {
    for (const tell of this.#ends) tell()
  }

  /** Runs events until that time, or until `isOver`. What an event sets off ends before the next. */
  async runUntil(endMs: number, isOver: () => boolean = () => false): Promise<void> {
    while (!isOver() && this.#schedule.runNext(endMs)) await drained()
    if (!isOver()) this.#schedule.nowMs = Math.max(this.nowMs, endMs)
  }
}

/**
 * Resolves when no promise reaction is left to run. Node looks at its queue of ticks only when the
 * queue of promise reactions is empty, also when the tick was asked for by one of them; and nothing
 * in a run waits for the event loop. So this is exact, and takes a microsecond.
 *
 * Save where the caller is no promise reaction, as the listener of an event: there ticks go first.
 * So a run awaits this once before anything of it happens.
 */
export function drained(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}

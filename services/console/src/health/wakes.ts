/** The interval at which a process shows itself that it runs. */
export const TICK_EVERY_MS = 500
/** A process that ticks so late was stopped meanwhile, for example with its machine. */
const STOPPED_MS = 3_000
/** The time in which a process that was stopped asks again, and reads the reports that came meanwhile. */
const CATCH_UP_MS = 2_000

/**
 * Notices that this process was stopped. Its time limits have passed then without a question, and it has read no
 * report: its figures are about itself, and not about the services and edges that they name. Times are monotonic.
 */
export class Wakes {
  #tickedAtMs: number
  #wokeAtMs = Number.NEGATIVE_INFINITY

  constructor(nowMs: number) {
    this.#tickedAtMs = nowMs
  }

  /** Called at each interval. */
  tick(nowMs: number): void {
    if (this.#wasStopped(nowMs)) this.#wokeAtMs = nowMs
    this.#tickedAtMs = nowMs
  }

  /** Returns whether the process was stopped just before. */
  isRecent(nowMs: number): boolean {
    return this.#wasStopped(nowMs) || nowMs - this.#wokeAtMs < CATCH_UP_MS
  }

  #wasStopped(nowMs: number): boolean {
    return nowMs - this.#tickedAtMs > STOPPED_MS
  }
}

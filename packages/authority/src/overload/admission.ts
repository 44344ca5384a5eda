import { FreshetError, type Clock } from '@freshet/protocol'
import {
  admit,
  FIRST_GUESS,
  FIRST_PACE,
  pieceMs,
  withPace,
  withPiece,
  type AdmissionLimits,
  type AdmissionLoad,
  type Pace,
  type Throughput,
} from './admit-work.ts'
import { planReturn } from './planned-return.ts'

/** The limits of work that an authority takes on at once. */
export const MINT_LIMITS: AdmissionLimits = {
  // Those that run at once share their statements: fewer make smaller batches, more wait longer.
  runningMax: 24,
  waitingMax: 16,
  waitingPerClientMax: 12,
}

/** The text of a refusal. Its header `Retry-After` has the time. */
export const OVERLOADED =
  'More tokens are requested than this authority can mint now. Repeat the request after the time in Retry-After.'

/** The parts of the process that admission needs. */
export interface AdmissionOptions {
  readonly clock: Clock
  /** A number from 0 to below 1 by chance. */
  readonly random: () => number
  /** Default {@link MINT_LIMITS}. */
  readonly limits?: AdmissionLimits
}

type Start = () => void

/**
 * Lets so much work run at once and so much wait; the clients that wait take turns. A refused client gets a
 * return time: after all that were refused before. So a crowd, after a change that concerned every token,
 * spreads over the time that serving it takes.
 */
export class Admission {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #limits: AdmissionLimits
  /** The waiting work by client; the next client stands first. A client without waiting work is not in it. */
  readonly #waiting = new Map<string, Start[]>()
  #waitingCount = 0
  #running = 0
  #throughput: Throughput = FIRST_GUESS
  #pace: Pace = FIRST_PACE
  /** Since when most places have been taken, or the last piece was counted; else `undefined`. */
  #busySinceMs: number | undefined
  /** The number of refusals since then. */
  #refused = 0
  #bookedUntilMs = 0

  constructor({ clock, random, limits = MINT_LIMITS }: AdmissionOptions) {
    this.#clock = clock
    this.#random = random
    this.#limits = limits
  }

  /** Returns the running and waiting work, with the waiting work of this client. */
  load(client: string): AdmissionLoad {
    const ofClient = this.#waiting.get(client)?.length ?? 0
    return { running: this.#running, waiting: this.#waitingCount, ofClient }
  }

  /** For who is refused: after how many milliseconds to come back. */
  comeBackAfterMs(): number {
    this.#refused += 1
    const planned = planReturn(this.#bookedUntilMs, {
      nowMs: this.#clock.monotonicMs(),
      waiting: this.#waitingCount,
      msPerPiece: this.#pace.ms,
      random: this.#random(),
    })
    this.#bookedUntilMs = planned.bookedUntilMs
    return planned.afterMs
  }

  /** @throws `limit.reached` with when to come back; else whatever `work` throws */
  async run<T>(client: string, work: () => Promise<T>): Promise<T> {
    const answer = admit(this.load(client), this.#limits)
    if (answer === 'refuse') throw this.#refusal()
    if (answer === 'wait') await this.#turn(client)
    else this.#take()
    try {
      return await work()
    } finally {
      this.#measure()
      this.#next()
    }
  }

  #take(): void {
    this.#running += 1
    if (this.#isBusy()) this.#busySinceMs ??= this.#startCounting()
  }

  #isBusy(): boolean {
    return this.#running > this.#limits.runningMax / 2
  }

  #startCounting(): number {
    this.#refused = 0
    return this.#clock.monotonicMs()
  }

  #measure(): void {
    if (this.#busySinceMs === undefined) return
    const tookMs = this.#clock.monotonicMs() - this.#busySinceMs
    this.#throughput = withPiece(this.#throughput, tookMs, this.#refused)
    this.#pace = withPace(this.#pace, pieceMs(this.#throughput), tookMs)
    this.#busySinceMs = this.#startCounting()
  }

  #turn(client: string): Promise<void> {
    return new Promise((start) => {
      this.#waiting.set(client, [...(this.#waiting.get(client) ?? []), start])
      this.#waitingCount += 1
    })
  }

  /** The place that became free goes to the client that has waited longest for a turn. */
  #next(): void {
    const [turn] = this.#waiting
    if (turn === undefined) {
      this.#running -= 1
      if (!this.#isBusy()) this.#busySinceMs = undefined
      return
    }
    const [client, [start, ...others]] = turn
    this.#waiting.delete(client)
    if (others.length > 0) this.#waiting.set(client, others)
    this.#waitingCount -= 1
    start?.()
  }

  #refusal(): FreshetError {
    return new FreshetError('limit.reached', OVERLOADED, { retryAfterMs: this.comeBackAfterMs() })
  }
}

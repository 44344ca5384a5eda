import { FreshetError, type Clock } from '@freshet/protocol'
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

/** Limits of the work that one process takes on at once. */
interface AdmissionLimits {
  /** Pieces of work under way. */
  readonly runningMax: number
  /** Pieces that wait for a place. */
  readonly waitingMax: number
  /** Places that one client may wait in, so that others find one in its storm. */
  readonly waitingPerClientMax: number
}

/** The work under way and the work that waits; `ofClient` counts the waiting work of the client that asks. */
interface AdmissionLoad {
  readonly running: number
  readonly waiting: number
  readonly ofClient: number
}

/** Decides about one more piece of work: it runs, waits or is refused. */
export function admit(load: AdmissionLoad, limits: AdmissionLimits): 'run' | 'wait' | 'refuse' {
  if (load.running < limits.runningMax && load.waiting === 0) return 'run'
  if (load.waiting >= limits.waitingMax) return 'refuse'
  return load.ofClient < limits.waitingPerClientMax ? 'wait' : 'refuse'
}

/** The rate of finished work while most places were taken; older work counts less. */
interface Throughput {
  readonly tookMs: number
  readonly pieces: number
}

/** The assumed rate before the first measurement: 24 at once, of 10 ms each. */
export const FIRST_GUESS: Throughput = { tookMs: 10, pieces: 24 }
/** So many pieces later, what was measured counts a third (1/e). */
const REMEMBERED_PIECES = 1_000
/** The cost of one refusal, in pieces of work. */
export const REFUSAL_COST = 0.2
/** The most that refusing can have taken beside a piece: it takes nothing from who waits for a database. */
const REFUSING_MAX = 0.5

/**
 * One more piece was done, so long after the one before, and most places were taken meanwhile. Only then does
 * the rate show the capacity: while places are free, pieces are few because few are requested. Refusals took
 * time as well, and the refused clients will cause it again when they come back.
 */
export function withPiece(before: Throughput, tookMs: number, refused: number): Throughput {
  const kept = 1 - 1 / REMEMBERED_PIECES
  const pieces = 1 + Math.min(REFUSING_MAX, refused * REFUSAL_COST)
  return { tookMs: before.tookMs * kept + tookMs, pieces: before.pieces * kept + pieces }
}

/**
 * The share of the whole capacity that one piece takes, as a time: ten at once of 50 ms each take 5 ms each.
 */
export function pieceMs({ tookMs, pieces }: Throughput): number {
  return tookMs / pieces
}

/** The assumed time of a piece while no client is refused, after so many measurements. */
export interface Pace {
  readonly ms: number
  readonly pieces: number
}

/** As few are no measurement. */
const PIECES_MIN = 500
/** After so long in which all was slower, two thirds of that are believed. */
export const SLOWER_AFTER_MS = 60_000

/** Before anything was measured. */
export const FIRST_PACE: Pace = { ms: pieceMs(FIRST_GUESS), pieces: 0 }

/**
 * Updates the assumed time after one more piece took `tookMs`, while pieces take `nowMs` by the last
 * measurement. A faster time counts at once, a slower one by and by: a crowd slows down its own work, and a
 * client that comes back after the crowd must not wait as if it lasted.
 */
export function withPace({ ms, pieces }: Pace, nowMs: number, tookMs: number): Pace {
  const isKnown = pieces >= PIECES_MIN && nowMs > ms
  const share = isKnown ? Math.min(1, tookMs / SLOWER_AFTER_MS) : 1
  return { ms: ms + (nowMs - ms) * share, pieces: Math.min(PIECES_MIN, pieces + 1) }
}

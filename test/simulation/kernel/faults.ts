import type { Random } from '../random.ts'
import type { Kernel } from './kernel.ts'
import { NOTHING_SPARED, Strikes, type Spared } from './strikes.ts'

/** The faults of a process's calls to a service: probabilities of each call, and times in ms. */
export interface CallFaults {
  /** Time of the request, and again of the answer. */
  readonly latencyMs: readonly [from: number, to: number]
  /** The request or the answer takes up to `stallMs` instead. */
  readonly stall: number
  readonly stallMs: number
  /** The process dies before the effect of a call, or after it and before the answer. */
  readonly crashBefore: number
  readonly crashAfter: number
  /** The call fails without an effect, or the effect stays and the answer is lost. */
  readonly refused: number
  readonly unknown: number
  /** An append fails, and lands later; or lands twice, because a client in between sent it again. */
  readonly late: number
  readonly twice: number
}

/** The outcome of one call. */
export type Fate =
  | 'well'
  | 'crash before'
  | 'crash after'
  | 'refused'
  | 'unknown'
  | 'late'
  | 'twice'

/** The longest time for which a caller waits until its call fails without an answer. */
const TIMEOUT_MS = 1_500
const LATE_MS = 4_000
/**
 * Factor for stalls inside of a transaction. Without it a transaction would be so short that hardly anything
 * would come in between.
 */
const OPEN_STALLS = 4
const SENDER_STALL_MS = 12_000

/** Decides the faults, as long as any strike, and counts them. */
export class Faults {
  /** The number of strikes of each kind of fault. */
  readonly seen: Map<string, number> = new Map()
  readonly #mix: CallFaults
  readonly #random: Random
  readonly #ways: Random
  readonly #statements: Random
  /** The strikes of every kind, in their order. */
  readonly strikes: Strikes
  isOver = true

  constructor(mix: CallFaults, kernel: Kernel, spared: Spared = NOTHING_SPARED) {
    this.strikes = new Strikes(spared)
    this.#mix = mix
    this.#random = kernel.random('faults')
    this.#ways = kernel.random('ways')
    this.#statements = kernel.random('statements')
  }

  count(fault: string): void {
    this.seen.set(fault, (this.seen.get(fault) ?? 0) + 1)
  }

  /** Returns whether a fault that is due now strikes; if so it is counted. */
  strike(fault: string): boolean {
    const strikes = this.strikes.next()
    if (strikes) this.count(fault)
    return strikes
  }

  wayMs(): number {
    return this.#takes(this.#ways, 'stall')
  }

  /** Returns the time for which a transaction stays open between a statement and the next step. */
  statementMs(): number {
    return this.#takes(this.#statements, 'open transaction', OPEN_STALLS)
  }

  #takes(random: Random, fault: string, likelier = 1): number {
    const { latencyMs, stall, stallMs } = this.#mix
    const isStalled = random.chance(stall * likelier) && !this.isOver && this.strike(fault)
    return isStalled ? random.between(0, stallMs) : random.between(...latencyMs)
  }

  /** Returns the time for which one of our senders stalls before it continues. */
  stallMs(): number {
    if (this.isOver || !this.#random.chance(this.#mix.stall)) return 0
    const ms = this.#random.between(0, SENDER_STALL_MS)
    return this.strike('sender stall') ? ms : 0
  }

  timeoutMs(): number {
    return this.#ways.between(1, TIMEOUT_MS)
  }

  lateMs(): number {
    return this.#ways.between(1, LATE_MS)
  }

  /** Returns the delay after which a lost append lands all the same; 0: never. */
  landsLateMs(): number {
    const { late, refused } = this.#mix
    if (late === 0 || !this.#random.chance(late / (late + refused))) return 0
    this.count('late')
    return this.lateMs()
  }

  /** Returns which half of a request between a client and a server is lost, if any. */
  lostHalf(): 'request' | 'answer' | undefined {
    if (this.isOver) return undefined
    const { refused, unknown } = this.#mix
    const drawn = this.#random.below(1_000_000) / 1_000_000
    if (drawn >= refused + unknown) return undefined
    const half = drawn < refused ? 'request' : 'answer'
    return this.strike(`${half} lost`) ? half : undefined
  }

  /** `mayLand`: the effect can come after the failure, or twice. */
  fate(mayLand: boolean): Fate {
    if (this.isOver) return 'well'
    const { crashBefore, crashAfter, refused, unknown, late, twice } = this.#mix
    const odds: readonly (readonly [Fate, number])[] = [
      ['crash before', crashBefore],
      ['crash after', crashAfter],
      ['refused', refused],
      ['unknown', unknown],
      ['late', mayLand ? late : 0],
      ['twice', mayLand ? twice : 0],
    ]
    let drawn = this.#random.below(1_000_000) / 1_000_000
    for (const [fate, probability] of odds) {
      drawn -= probability
      if (drawn >= 0) continue
      return this.strike(fate) ? fate : 'well'
    }
    return 'well'
  }
}

import { FreshetError, type Clock, type RateLimit } from '@freshet/protocol'
import { Allowances, putLast } from './allowances.ts'

/** Limits on large signed bodies that prove no source. */
export interface UnprovenLimits {
  /** The limit of one address. */
  readonly byAddress: RateLimit
  /** The limit of all addresses together. */
  readonly overAll: RateLimit
}

/** 20 at once and one more each second from an address; 200 and 20 each second over all. */
export const UNPROVEN_LIMITS: UnprovenLimits = {
  byAddress: { perSecond: 1, burst: 20 },
  overAll: { perSecond: 20, burst: 200 },
}

/** A longer body is large. A small one costs no more than an assertion. */
export const SMALL_BODY_BYTES_MAX = 8_192

const EVERYBODY = '*'

/**
 * Bounds the cost of large bodies whose signature proves no source. Once an address has sent too many of them,
 * no large signed body from it is verified until its budget fills up again. Small ones are always verified,
 * so a sender behind the same proxy delays no heartbeat of a source. The limit over all does not concern
 * addresses that a large body of a source came from.
 */
export class UnprovenBodies {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #byAddress: Allowances
  readonly #overAll: Allowances
  readonly #known = new Map<string, true>()

  constructor(clock: Pick<Clock, 'monotonicMs'>, limits: UnprovenLimits = UNPROVEN_LIMITS) {
    this.#clock = clock
    this.#byAddress = new Allowances(limits.byAddress)
    this.#overAll = new Allowances(limits.overAll)
  }

  /** Refuses a large body while the budget of its address is used up. @throws `limit.reached` */
  admit(address: string, bytes: number): void {
    if (bytes <= SMALL_BODY_BYTES_MAX) return
    const nowMs = this.#clock.monotonicMs()
    const ofAllMs = this.#known.has(address) ? 0 : this.#overAll.waitMs(EVERYBODY, nowMs)
    const retryAfterMs = Math.max(this.#byAddress.waitMs(address, nowMs), ofAllMs)
    if (retryAfterMs === 0) return
    const message = `Too many signed bodies of more than ${SMALL_BODY_BYTES_MAX} bytes proved no source. Wait for Retry-After.`
    throw new FreshetError('limit.reached', message, { retryAfterMs })
  }

  /** Counts a body whose signature was checked. A small one counts as nothing. */
  count(address: string, bytes: number, isProven: boolean): void {
    if (bytes <= SMALL_BODY_BYTES_MAX) return
    if (isProven) return putLast(this.#known, address, true)
    const nowMs = this.#clock.monotonicMs()
    this.#byAddress.charge(address, nowMs)
    this.#overAll.charge(EVERYBODY, nowMs)
  }
}

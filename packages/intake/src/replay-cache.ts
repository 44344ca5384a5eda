import { FreshetError } from '@freshet/domain'

/** Most assertions that are remembered; each lives for 60 s at most. */
export const ASSERTIONS_MAX = 100_000
/** Assertions are taken for a while after they expire, for clocks that differ. */
const KEEP_AFTER_EXPIRY_MS = 10_000

/** An assertion that is used up by one request. */
export interface UsedOnce {
  /** Whose it is, in words: `source hr`. */
  readonly by: string
  readonly jti: string
  readonly expMs: number
}

/**
 * Remembers assertions until they expire, so that none is used twice here. Each
 * gateway remembers its own: events are idempotent by id and heartbeats merge by max, so an
 * assertion replayed at another gateway can only repeat what its source said; a voucher names its order.
 */
export class ReplayCache {
  readonly #expiries = new Map<string, number>()
  readonly #max: number

  constructor(max: number = ASSERTIONS_MAX) {
    this.#max = max
  }

  /**
   * Takes note of an assertion.
   *
   * @throws `event.unauthentic` if it was used before, `limit.reached` if none can be forgotten
   */
  use({ by, jti, expMs }: UsedOnce, nowMs: number): void {
    const key = JSON.stringify([by, jti])
    const known = this.#expiries.get(key)
    if (known !== undefined && known >= nowMs) {
      const message = `An assertion of ${by} was used before: sign one per request.`
      throw new FreshetError('event.unauthentic', message)
    }
    if (this.#expiries.size >= this.#max) this.#forget(nowMs)
    this.#expiries.set(key, expMs + KEEP_AFTER_EXPIRY_MS)
  }

  #forget(nowMs: number): void {
    for (const [key, expMs] of this.#expiries) if (expMs < nowMs) this.#expiries.delete(key)
    if (this.#expiries.size < this.#max) return
    throw new FreshetError('limit.reached', 'Too many assertions are remembered at once.')
  }
}

import { FreshetError } from '@freshet/protocol'

/** Assertions are accepted for a time after they expire, because clocks differ. */
const KEEP_AFTER_EXPIRY_MS = 10_000
/**
 * The longest time for which an assertion is remembered. It is the sum of its life of 60 s, a tolerance of 2
 * s, the time above, and one bucket.
 */
export const REMEMBERED_MAX_MS = 73_000
const BUCKET_MS = 1_000
/** A full share has room again when the next bucket expires. */
const FULL_RETRY_MS = 1_000

/** An assertion that one request uses up. */
export interface UsedOnce {
  /** The signer as a text for people: `source hr`. */
  readonly by: string
  readonly jti: string
  readonly expMs: number
}

/**
 * Remembers assertions until they expire, so this process accepts each of them once. Each signer has a share
 * of its own: a full share refuses that signer alone. Expiry removes a bucket of one second at a time, so the
 * cost of a use does not depend on the number of remembered assertions.
 */
export class ReplayCache {
  readonly #shares = new Map<string, Set<string>>()
  readonly #buckets = new Map<number, UsedOnce[]>()
  readonly #max: number
  #forgottenAt = Number.NaN

  /** `max` is the most assertions of one signer that are remembered at a time. */
  constructor(max: number) {
    this.#max = max
  }

  /**
   * Records an assertion. `charge` runs before that, and only for a new assertion. So a replay costs its
   * source nothing, and a source without budget fills nothing.
   *
   * @throws `event.unauthentic` if it was used before, `limit.reached` if the signer's share is full, the
   *   error of `charge`
   */
  use(assertion: UsedOnce, nowMs: number, charge: () => void = () => {}): void {
    this.#forget(nowMs)
    const { by, jti, expMs } = assertion
    const share = this.#shares.get(by) ?? new Set()
    if (share.has(jti)) {
      const message = `An assertion of ${by} was used before: sign one per request.`
      throw new FreshetError('event.unauthentic', message)
    }
    charge()
    if (share.size >= this.#max) {
      const message = `More than ${this.#max} assertions of ${by} have not expired: send fewer requests.`
      throw new FreshetError('limit.reached', message, { retryAfterMs: FULL_RETRY_MS })
    }
    this.#shares.set(by, share.add(jti))
    const second = bucketOf(expMs + KEEP_AFTER_EXPIRY_MS)
    const bucket = this.#buckets.get(second)
    if (bucket === undefined) this.#buckets.set(second, [assertion])
    else bucket.push(assertion)
  }

  /**
   * Removes expired buckets, at most once a second. There are at most as many buckets as
   * {@link REMEMBERED_MAX_MS} has seconds.
   */
  #forget(nowMs: number): void {
    const now = bucketOf(nowMs)
    if (now === this.#forgottenAt) return
    this.#forgottenAt = now
    for (const [second, bucket] of this.#buckets) {
      if (second >= now) continue
      this.#buckets.delete(second)
      for (const { by, jti } of bucket) this.#forgetOne(by, jti)
    }
  }

  #forgetOne(by: string, jti: string): void {
    const share = this.#shares.get(by)
    share?.delete(jti)
    if (share?.size === 0) this.#shares.delete(by)
  }
}

function bucketOf(ms: number): number {
  return Math.floor(ms / BUCKET_MS)
}

import { FreshetError } from '@freshet/domain'

/** Assertions are taken for a while after they expire, for clocks that differ. */
const KEEP_AFTER_EXPIRY_MS = 10_000
/** Longest time that an assertion is remembered: its life of 60 s, a tolerance of 2 s, the time above, and one bucket. */
export const REMEMBERED_MAX_MS = 73_000
const BUCKET_MS = 1_000
/** A share that is full has room again when the next bucket expires. */
const FULL_RETRY_MS = 1_000

/** An assertion that is used up by one request. */
export interface UsedOnce {
  /** Whose it is, in words: `source hr`. */
  readonly by: string
  readonly jti: string
  readonly expMs: number
}

/**
 * Remembers assertions until they expire, so that none is used twice here. Each signer has a share of its
 * own: a full one refuses that signer alone. Expiry takes a bucket of one second at a time, so a use costs
 * the same however many assertions are remembered.
 */
export class ReplayCache {
  readonly #shares = new Map<string, Set<string>>()
  readonly #buckets = new Map<number, UsedOnce[]>()
  readonly #max: number
  #sweptAt = Number.NaN

  /** `max`: most assertions of one signer that are remembered at a time. */
  constructor(max: number) {
    this.#max = max
  }

  /**
   * Takes note of an assertion. `charge` runs before that, and only for an assertion that is new: a replay
   * costs its source nothing, and a source without budget fills nothing.
   *
   * @throws `event.unauthentic` if it was used before, `limit.reached` if the signer's share is full, what
   *   `charge` throws
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

  /** Buckets are at most as many as {@link REMEMBERED_MAX_MS} has seconds, and are looked at once a second. */
  #forget(nowMs: number): void {
    const now = bucketOf(nowMs)
    if (now === this.#sweptAt) return
    this.#sweptAt = now
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

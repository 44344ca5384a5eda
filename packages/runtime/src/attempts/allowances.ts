import { fullAllowance, grant, type Allowance, type RateLimit } from '@freshet/protocol'

/** Keys that are remembered. The key that was charged longest ago is forgotten first. */
const KEYS_MAX = 10_000

/** The rest of one rate for each of many keys. */
export class Allowances {
  readonly #rate: RateLimit
  readonly #left = new Map<string, Allowance>()

  constructor(rate: RateLimit) {
    this.#rate = rate
  }

  /** The time until the key has something left, in milliseconds; 0 if it has now. It charges nothing. */
  waitMs(key: string, nowMs: number): number {
    const before = this.#left.get(key)
    return before === undefined ? 0 : grant(this.#rate, before, 1, nowMs).retryAfterMs
  }

  /** Charges so many to the key, or nothing. Returns the time until they are left, in milliseconds; 0: charged. */
  take(key: string, wanted: number, nowMs: number): number {
    const before = this.#left.get(key) ?? fullAllowance(this.#rate, nowMs)
    const { granted, retryAfterMs, allowance } = grant(this.#rate, before, wanted, nowMs)
    if (granted === wanted) putLast(this.#left, key, allowance)
    return retryAfterMs
  }

  /** Charges one to the key. */
  charge(key: string, nowMs: number): void {
    const before = this.#left.get(key) ?? fullAllowance(this.#rate, nowMs)
    putLast(this.#left, key, grant(this.#rate, before, 1, nowMs).allowance)
  }
}

/** Remembers a value as the latest one, and forgets the oldest if there are too many. */
export function putLast<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  const { value: oldest } = map.keys().next()
  if (map.size > KEYS_MAX && oldest !== undefined) map.delete(oldest)
}

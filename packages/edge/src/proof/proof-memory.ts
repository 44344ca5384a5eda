import { createHash } from 'node:crypto'

/** Proofs are forgotten together with those that expire within the same time. */
const BUCKET_MS = 5_000
/** Characters of base64url by which a `jti` is remembered: 132 bits. */
const DIGEST_LENGTH = 22

/** `crowded`: this key holds too many places of the memory already. */
export type Remembered = 'first' | 'again' | 'crowded'

/**
 * The ids of proofs that were accepted, until they expire. A key holds at most as many places as
 * are still free, so one key fills half of the memory, and every other key still has room.
 */
export class ProofMemory {
  readonly #max: number
  readonly #buckets = new Map<number, Map<string, Set<string>>>()
  readonly #held = new Map<string, number>()
  #size = 0
  /** Buckets up to this one were forgotten: a clock that was set back opens none of them again. */
  #gone = Number.NEGATIVE_INFINITY

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#size
  }

  /** Remembers the id of a proof by this key, which expires then. */
  use(
    key: string,
    jti: string,
    times: { readonly nowMs: number; readonly expiresMs: number },
  ): Remembered {
    this.#forget(Math.floor(times.nowMs / BUCKET_MS))
    const index = Math.ceil(times.expiresMs / BUCKET_MS)
    const id = createHash('sha256').update(jti).digest('base64url').slice(0, DIGEST_LENGTH)
    if (index <= this.#gone || this.#knows(key, id)) return 'again'
    const held = this.#held.get(key) ?? 0
    if (held >= this.#max - this.#size) return 'crowded'
    this.#add(index, key, id)
    this.#held.set(key, held + 1)
    this.#size += 1
    return 'first'
  }

  #knows(key: string, id: string): boolean {
    for (const bucket of this.#buckets.values()) if (bucket.get(key)?.has(id)) return true
    return false
  }

  #add(index: number, key: string, id: string): void {
    const bucket = this.#buckets.get(index) ?? new Map<string, Set<string>>()
    this.#buckets.set(index, bucket)
    const ids = bucket.get(key)
    if (ids === undefined) bucket.set(key, new Set([id]))
    else ids.add(id)
  }

  #forget(now: number): void {
    if (now <= this.#gone) return
    this.#gone = now
    for (const [index, bucket] of this.#buckets) {
      if (index > now) continue
      this.#buckets.delete(index)
      for (const [key, ids] of bucket) this.#release(key, ids.size)
    }
  }

  #release(key: string, places: number): void {
    this.#size -= places
    const left = (this.#held.get(key) ?? 0) - places
    if (left > 0) this.#held.set(key, left)
    else this.#held.delete(key)
  }
}

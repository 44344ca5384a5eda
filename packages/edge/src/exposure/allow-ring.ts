import { subjectKey } from '@freshet/domain'
import { ALLOW_YOUNG_MS } from '../limits.ts'
import { ownSideOf, type VerifiedToken } from '../token/token-claims.ts'
import type { RouteUse } from '../use/claim-uses.ts'

/** The allows of one subject that the ring holds: where the latest of them is. */
export interface AllowChain {
  readonly key: string
  /** Number of its latest allow; -1 when the ring holds none. */
  last: number
}

/** One allow that the ring holds. */
export interface Allow {
  readonly verified: VerifiedToken
  readonly use: RouteUse
  /** Monotonic. */
  readonly atMs: number
}

/** What is asked about an allow; true: it is counted, and not asked about again. */
export type Ask = (allow: Allow) => boolean

const NONE = -1
/** Tokens of several parties go stale by any of them, so they are looked at for every subject. */
const DELEGATED = ''

/**
 * The latest requests that were let in. What is beyond the limit takes the place of the oldest; `sinceMs`
 * says from when on it is complete. Allows of one subject are chained, so that asking about one who did
 * nothing costs a look into a map.
 */
export class AllowRing {
  readonly #max: number
  readonly #startedMs: number
  readonly #chains = new Map<string, AllowChain>()
  #verified: (VerifiedToken | undefined)[] = []
  #uses: (RouteUse | undefined)[] = []
  #atMs = new Float64Array(0)
  #previous = new Float64Array(0)
  #isCounted = new Uint8Array(0)
  /** Number of the next allow. */
  #next = 0
  #overwrittenAtMs: number | undefined
  #evictions = 0

  constructor(max: number, nowMonoMs: number) {
    this.#max = max
    this.#startedMs = nowMonoMs
  }

  /** Nothing is held: no note is to be taken. */
  get isOff(): boolean {
    return this.#max === 0
  }

  get size(): number {
    return Math.min(this.#next, this.#max)
  }

  /** Monotonic: every allow from then on is held. */
  get sinceMs(): number {
    return this.#overwrittenAtMs ?? this.#startedMs
  }

  /** Allows that gave way while a change could still have been on its way that revokes them. */
  get evictions(): number {
    return this.#evictions
  }

  /** A request was let in. `nowMs` is monotonic and never less than before. */
  note(verified: VerifiedToken, use: RouteUse, nowMs: number): void {
    if (this.#next === 0) this.#makeRoom()
    const number = this.#next
    const at = number % this.#max
    if (number >= this.#max) this.#evict(at, nowMs)
    const chain = this.#chainOf(verified)
    this.#verified[at] = verified
    this.#uses[at] = use
    this.#atMs[at] = nowMs
    this.#previous[at] = chain.last
    this.#isCounted[at] = 0
    chain.last = number
    this.#next = number + 1
  }

  /** Asks about the allows of a subject since then, and about those of tokens with several parties. */
  askOf(subject: string, sinceMs: number, ask: Ask): number {
    return this.#askChain(subject, sinceMs, ask) + this.#askChain(DELEGATED, sinceMs, ask)
  }

  /** Asks about all allows since then. Tells how many were looked at. */
  askAll(sinceMs: number, ask: Ask): number {
    let looks = 0
    for (let number = this.#next - 1; this.#holds(number); number--, looks++)
      if (!this.#askOne(number, sinceMs, ask)) break
    return looks
  }

  #askChain(key: string, sinceMs: number, ask: Ask): number {
    let looks = 0
    let number = this.#chains.get(key)?.last ?? NONE
    for (; this.#holds(number); looks++) {
      if (!this.#askOne(number, sinceMs, ask)) break
      number = this.#previous[number % this.#max] ?? NONE
    }
    return looks
  }

  /** False: it is older, and so is every one before. */
  #askOne(number: number, sinceMs: number, ask: Ask): boolean {
    const at = number % this.#max
    const atMs = this.#atMs[at] ?? 0
    const [verified, use] = [this.#verified[at], this.#uses[at]]
    if (atMs < sinceMs || verified === undefined || use === undefined) return false
    if (this.#isCounted[at] === 0 && ask({ verified, use, atMs })) this.#isCounted[at] = 1
    return true
  }

  #holds(number: number): boolean {
    return number >= 0 && number >= this.#next - this.#max
  }

  #chainOf(verified: VerifiedToken): AllowChain {
    const own = ownSideOf(verified)
    const known = own.allows
    if (known !== undefined && known.last !== NONE) return known
    const { parties } = verified.token
    const key = parties.length > 1 ? DELEGATED : subjectKey(parties[0].subject)
    const chain = this.#chains.get(key) ?? { key, last: NONE }
    this.#chains.set(key, chain)
    own.allows = chain
    return chain
  }

  #evict(at: number, nowMs: number): void {
    const atMs = this.#atMs[at] ?? 0
    this.#overwrittenAtMs = atMs
    if (nowMs - atMs < ALLOW_YOUNG_MS) this.#evictions += 1
    const evicted = this.#verified[at]
    const chain = evicted && ownSideOf(evicted).allows
    if (chain?.last !== this.#next - this.#max) return
    chain.last = NONE
    this.#chains.delete(chain.key)
  }

  /** An edge that lets nobody in takes no room for it. */
  #makeRoom(): void {
    this.#verified = Array.from({ length: this.#max })
    this.#uses = Array.from({ length: this.#max })
    this.#atMs = new Float64Array(this.#max)
    this.#previous = new Float64Array(this.#max)
    this.#isCounted = new Uint8Array(this.#max)
  }
}

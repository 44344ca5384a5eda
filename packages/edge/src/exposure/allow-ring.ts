import { subjectKey } from '@freshet/protocol'
import { ALLOW_YOUNG_MS } from '../limits.ts'
import { ownSideOf, type VerifiedToken } from '../token/token-claims.ts'
import type { RouteUse } from '../use/claim-uses.ts'
import { letInOf, Names, type AllowChain, type LetIn } from './let-in.ts'

/** One allow that the ring holds. */
export interface Allow {
  readonly letIn: LetIn
  readonly use: RouteUse
  /** Monotonic. */
  readonly atMs: number
}

/** Limits of a ring. */
export interface RingLimits {
  readonly allows: number
  /** Estimated bytes. */
  readonly allowBytes: number
}

/** A test of an allow; true: it is counted, and not tested again. */
export type Ask = (allow: Allow) => boolean

const NONE = -1
/** Tokens of several parties go stale by any of them, so they are looked at for every subject. */
const DELEGATED = ''

/**
 * The latest allowed requests, limited by number and by bytes. A request beyond the limit replaces the
 * oldest; `sinceMs` is the time from which on the ring is complete. Allows of one subject are chained, so
 * that a subject without any costs one map access.
 */
export class AllowRing {
  readonly #max: number
  readonly #bytesMax: number
  readonly #startedMs: number
  readonly #chains = new Map<string, AllowChain>()
  readonly #names = new Names()
  #letIn: (LetIn | undefined)[] = []
  #uses: (RouteUse | undefined)[] = []
  #atMs = new Float64Array(0)
  #previous = new Float64Array(0)
  #isCounted = new Uint8Array(0)
  /** Number of the next allow. */
  #next = 0
  /** Number of the oldest that is held. */
  #first = 0
  #bytes = 0
  #overwrittenAtMs: number | undefined
  #evictions = 0

  constructor({ allows, allowBytes }: RingLimits, nowMonoMs: number) {
    this.#max = allows
    this.#bytesMax = allowBytes
    this.#startedMs = nowMonoMs
  }

  /** Nothing is held: no note is to be taken. */
  get isOff(): boolean {
    return this.#max === 0
  }

  get size(): number {
    return this.#next - this.#first
  }

  /** Estimate of what it takes. */
  get bytes(): number {
    return this.#bytes
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
    const letIn = keptOf(verified, this.#names)
    this.#makeRoomFor(letIn.bytes, nowMs)
    const number = this.#next
    const at = number % this.#max
    const chain = this.#chainOf(letIn)
    this.#letIn[at] = letIn
    this.#bytes += letIn.bytes
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

  /** Tests all allows since then. Returns the number of tested allows. */
  askAll(sinceMs: number, ask: Ask): number {
    let tested = 0
    for (let number = this.#next - 1; this.#holds(number); number--, tested++)
      if (!this.#askOne(number, sinceMs, ask)) break
    return tested
  }

  #askChain(key: string, sinceMs: number, ask: Ask): number {
    let tested = 0
    let number = this.#chains.get(key)?.last ?? NONE
    for (; this.#holds(number); tested++) {
      if (!this.#askOne(number, sinceMs, ask)) break
      number = this.#previous[number % this.#max] ?? NONE
    }
    return tested
  }

  /** False: it is older, and so is every one before. */
  #askOne(number: number, sinceMs: number, ask: Ask): boolean {
    const at = number % this.#max
    const atMs = this.#atMs[at] ?? 0
    const [letIn, use] = [this.#letIn[at], this.#uses[at]]
    if (atMs < sinceMs || letIn === undefined || use === undefined) return false
    if (this.#isCounted[at] === 0 && ask({ letIn, use, atMs })) this.#isCounted[at] = 1
    return true
  }

  #holds(number: number): boolean {
    return number >= this.#first
  }

  #chainOf(letIn: LetIn): AllowChain {
    const known = letIn.chain
    if (known !== undefined && known.last !== NONE) return known
    const { parties } = letIn.token
    const key = parties.length > 1 ? DELEGATED : subjectKey(parties[0].subject)
    const chain = this.#chains.get(key) ?? { key, last: NONE }
    this.#chains.set(key, chain)
    letIn.chain = chain
    return chain
  }

  #makeRoomFor(bytes: number, nowMs: number): void {
    while (this.size > 0 && (this.size >= this.#max || this.#bytes + bytes > this.#bytesMax))
      this.#evictFirst(nowMs)
  }

  #evictFirst(nowMs: number): void {
    const number = this.#first
    const at = number % this.#max
    const atMs = this.#atMs[at] ?? 0
    this.#first = number + 1
    this.#overwrittenAtMs = atMs
    if (nowMs - atMs < ALLOW_YOUNG_MS) this.#evictions += 1
    const letIn = this.#letIn[at]
    this.#letIn[at] = undefined
    this.#bytes -= letIn?.bytes ?? 0
    const chain = letIn?.chain
    if (chain?.last !== number) return
    chain.last = NONE
    this.#chains.delete(chain.key)
  }

  /** An edge that allows no request uses no memory for it. */
  #makeRoom(): void {
    this.#letIn = Array.from({ length: this.#max })
    this.#uses = Array.from({ length: this.#max })
    this.#atMs = new Float64Array(this.#max)
    this.#previous = new Float64Array(this.#max)
    this.#isCounted = new Uint8Array(this.#max)
  }
}

/** Returns the copy of a token that the ring keeps. A slot of the token holds it for later requests. */
function keptOf(verified: VerifiedToken, names: Names): LetIn {
  const own = ownSideOf(verified)
  own.letIn ??= letInOf(verified.token, names)
  return own.letIn as LetIn
}

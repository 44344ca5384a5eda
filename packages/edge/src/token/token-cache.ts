import type { Room } from './token-bytes.ts'
import { ownSideOf, type VerifiedToken } from './token-claims.ts'

/** Limits of a cache of verified tokens. */
export interface CacheLimits {
  readonly verifiedTokens: number
  /** Estimated bytes of these tokens with all that is remembered with them. */
  readonly verifiedTokenBytes: number
}

interface Half {
  readonly tokens: Map<string, VerifiedToken>
  readonly room: Room
}

/**
 * Verified tokens by their signature part. A hit compares the whole string: the signature alone does not
 * identify the signed content. A failed token is never remembered.
 *
 * Two halves, of which the older is dropped when the younger is full, by number or by bytes: bounded, without
 * a write per hit, and what is used stays. Each half exceeds the bytes by one token at most.
 */
export class TokenCache {
  readonly #halfSize: number
  readonly #halfBytes: number
  #generation = 0
  #young: Half
  #old: Half

  constructor({ verifiedTokens, verifiedTokenBytes }: CacheLimits) {
    this.#halfSize = Math.max(1, Math.floor(verifiedTokens / 2))
    this.#halfBytes = Math.floor(verifiedTokenBytes / 2)
    this.#young = this.#empty()
    this.#old = this.#empty()
  }

  /** Grows with each `clear`. */
  get generation(): number {
    return this.#generation
  }

  get size(): number {
    return this.#young.tokens.size + this.#old.tokens.size
  }

  /** Estimate of what all of them take. */
  get bytes(): number {
    return this.#young.room.bytes + this.#old.room.bytes
  }

  get(jwt: string): VerifiedToken | undefined {
    const signature = jwt.slice(jwt.lastIndexOf('.') + 1)
    const young = this.#young.tokens.get(signature)
    if (young !== undefined) return young.text === jwt ? young : undefined
    const old = this.#old.tokens.get(signature)
    if (old === undefined || old.text !== jwt) return undefined
    this.#put(signature, old)
    return old
  }

  /** Remembers a token whose verification began in this generation. False: a key has gone since. */
  add(verified: VerifiedToken, generation: number): boolean {
    if (generation !== this.#generation) return false
    this.#put(verified.text.slice(verified.text.lastIndexOf('.') + 1), verified)
    return true
  }

  /** A key left the set of its issuer: what it signed is verified anew, or not at all. */
  clear(): void {
    this.#generation += 1
    this.#young = this.#empty()
    this.#old = this.#empty()
  }

  #put(signature: string, verified: VerifiedToken): void {
    this.#remove(this.#old, signature)
    this.#remove(this.#young, signature)
    const { tokens, room } = this.#young
    const own = ownSideOf(verified)
    tokens.set(signature, verified)
    room.bytes += own.bytes
    own.room = room
    if (tokens.size < this.#halfSize && room.bytes < room.max) return
    this.#old = this.#young
    this.#young = this.#empty()
  }

  #remove({ tokens, room }: Half, signature: string): void {
    const found = tokens.get(signature)
    if (found === undefined) return
    const own = ownSideOf(found)
    room.bytes -= own.bytes
    own.room = undefined
    tokens.delete(signature)
  }

  #empty(): Half {
    return { tokens: new Map(), room: { bytes: 0, max: this.#halfBytes } }
  }
}

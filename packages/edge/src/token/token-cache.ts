import type { VerifiedToken } from './token-claims.ts'

/**
 * Verified tokens by their signature part. A hit compares the whole string: the signature alone
 * does not say what was signed. What failed is never remembered.
 *
 * Two halves, of which the older is dropped when the younger is full: bounded, without a write per
 * hit, and what is used stays.
 */
export class TokenCache {
  readonly #half: number
  #generation = 0
  #young = new Map<string, VerifiedToken>()
  #old = new Map<string, VerifiedToken>()

  constructor(max: number) {
    this.#half = Math.max(1, Math.floor(max / 2))
  }

  /** Grows with each `clear`. */
  get generation(): number {
    return this.#generation
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(jwt: string): VerifiedToken | undefined {
    const signature = jwt.slice(jwt.lastIndexOf('.') + 1)
    const young = this.#young.get(signature)
    if (young !== undefined) return young.text === jwt ? young : undefined
    const old = this.#old.get(signature)
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
    this.#young.clear()
    this.#old.clear()
  }

  #put(signature: string, verified: VerifiedToken): void {
    this.#old.delete(signature)
    this.#young.set(signature, verified)
    if (this.#young.size < this.#half) return
    this.#old = this.#young
    this.#young = new Map()
  }
}

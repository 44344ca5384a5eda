/** Checkpoint keys remembered per partition; rotations are rare, so more is a sign of trouble. */
const SIGNERS_MAX = 16

interface LastSigned {
  readonly offset: bigint
  readonly appendedAtMs: number
}

/**
 * The place and time of the last applied record that each checkpoint key signed. A key that leaves the set
 * while base has not passed its last checkpoint was revoked. So was one that leaves it within T_max + margin:
 * a new root takes base past all that a revoked key signed, but edges still hold its content. Any other
 * retired.
 */
export class SignerOffsets {
  readonly #keptMs: number
  readonly #last = new Map<string, LastSigned>()
  #newest: string | undefined
  base: bigint | undefined

  /** `keptMs`: T_max + margin. */
  constructor(keptMs: number) {
    this.#keptMs = keptMs
  }

  signed(kid: string, last: LastSigned): void {
    if (kid !== this.#newest) this.#last.delete(kid)
    this.#newest = kid
    this.#last.set(kid, last)
    if (this.#last.size <= SIGNERS_MAX) return
    const [oldest = kid] = this.#last.keys()
    this.#last.delete(oldest)
  }

  isNeeded(kid: string, nowMs: number): boolean {
    const last = this.#last.get(kid)
    if (last === undefined) return false
    const isBehindBase = this.base !== undefined && last.offset < this.base
    return !isBehindBase || nowMs - last.appendedAtMs <= this.#keptMs
  }

  clear(): void {
    this.#last.clear()
    this.#newest = undefined
    this.base = undefined
  }
}

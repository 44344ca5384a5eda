/** Checkpoint keys remembered per partition; rotations are rare, so more is a sign of trouble. */
const SIGNERS_MAX = 16

/**
 * Where each checkpoint key last signed something that was applied. A key that leaves the set
 * while base has not passed its last checkpoint was revoked; one before base retired.
 */
export class SignerOffsets {
  readonly #last = new Map<string, bigint>()
  base: bigint | undefined

  signed(kid: string, offset: bigint): void {
    this.#last.delete(kid)
    this.#last.set(kid, offset)
    if (this.#last.size <= SIGNERS_MAX) return
    const [oldest = kid] = this.#last.keys()
    this.#last.delete(oldest)
  }

  isNeeded(kid: string): boolean {
    const last = this.#last.get(kid)
    return last !== undefined && (this.base === undefined || last >= this.base)
  }

  clear(): void {
    this.#last.clear()
    this.base = undefined
  }
}

import { verifyCheckpoint, type ReadCheckpoint, type VerifyKey } from '@freshet/wire'
import { VERIFIED_CHECKPOINTS_MAX } from '../limits.ts'

/**
 * Checkpoints whose signature was found good, so that edges of one process verify each once.
 *
 * An entry holds all inputs of the verdict: the public key itself, not its name, the signature and every
 * byte of the value, which is signed. Bad signatures are never remembered. The caller has found the key in its own key set first, so
 * a key that left one edge's set proves nothing there.
 */
export class VerifiedCheckpoints {
  readonly #max: number
  readonly #known = new Set<string>()
  /** The key that the very same reading was found good by: edges that share a reading ask no more. */
  readonly #by = new WeakMap<ReadCheckpoint, string>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#known.size
  }

  verify(read: ReadCheckpoint, key: VerifyKey): boolean {
    if (this.#by.get(read) === publicTextOf(key)) return true
    const proof = proofOf(read, key)
    if (!this.#known.has(proof)) {
      if (!verifyCheckpoint(read, key)) return false
      this.#known.add(proof)
      if (this.#known.size > this.#max) this.#forgetOldest()
    }
    this.#by.set(read, publicTextOf(key))
    return true
  }

  #forgetOldest(): void {
    for (const oldest of this.#known) {
      this.#known.delete(oldest)
      return
    }
  }
}

/** Those of this process. */
export const processCheckpoints: VerifiedCheckpoints = /* @__PURE__ */ new VerifiedCheckpoints(
  VERIFIED_CHECKPOINTS_MAX,
)

/** Every part is of its own alphabet or last, so that none can pass for another. */
function proofOf({ kid, signature, value }: ReadCheckpoint, key: VerifyKey): string {
  const parts = [publicTextOf(key), Buffer.from(signature).toString('hex')]
  return `${parts.join(' ')} ${JSON.stringify(kid)} ${Buffer.from(value).toString('latin1')}`
}

const publicTexts = new WeakMap<VerifyKey, string>()

function publicTextOf(key: VerifyKey): string {
  const known = publicTexts.get(key)
  if (known !== undefined) return known
  const text = key.key.export({ type: 'spki', format: 'der' }).toString('hex')
  publicTexts.set(key, text)
  return text
}

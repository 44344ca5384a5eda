/** Order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * The tokens that were really signed. A text is one of them if it has the same signed bytes and the same
 * signature. The mirror (r, n − s) of a signature means the same. The text must have the one valid encoding.
 */
export class TokenBook<About> {
  readonly #signatures = new Map<string, { readonly signature: string; readonly about: About }>()

  /** Stores a token with the facts about it. */
  add(token: string, about: About): string {
    const [input, signature] = partsOf(token)
    this.#signatures.set(input, { signature, about })
    return token
  }

  /** Returns the facts about a token; `undefined` for a text that was never signed. */
  find(text: string): About | undefined {
    const [input, signature] = partsOf(text)
    const known = this.#signatures.get(input)
    if (known === undefined) return undefined
    return [known.signature, mirrorOf(known.signature)].includes(signature)
      ? known.about
      : undefined
  }
}

function partsOf(token: string): readonly [input: string, signature: string] {
  const at = token.lastIndexOf('.')
  return [token.slice(0, at), token.slice(at + 1)]
}

function mirrorOf(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url')
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`)
  const half = Buffer.from((N - s).toString(16).padStart(64, '0'), 'hex')
  return Buffer.concat([bytes.subarray(0, 32), half]).toString('base64url')
}

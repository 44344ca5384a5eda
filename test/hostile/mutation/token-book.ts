/** Order of P-256. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/**
 * The tokens that somebody really signed. A text is one of them if it signs the same bytes by the
 * same signature, or by its mirror (r, n − s), which says the same; and only in the one encoding.
 */
export class TokenBook<About> {
  readonly #signatures = new Map<string, { readonly signature: string; readonly about: About }>()

  /** Writes a token down with what is known of it. */
  add(token: string, about: About): string {
    const [input, signature] = partsOf(token)
    this.#signatures.set(input, { signature, about })
    return token
  }

  /** What is known of it; `undefined` for anything that nobody signed. */
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

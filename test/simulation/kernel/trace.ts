import { createHash } from 'node:crypto'

/** What happened, in order; its hash is the proof that two runs were the same. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #lines: string[] = []
  readonly #isTold: boolean
  #count = 0

  /** `isTold`: whether the lines are kept for a reader, and not only hashed. */
  constructor(isTold: boolean) {
    this.#isTold = isTold
  }

  get count(): number {
    return this.#count
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** `isMinor`: part of what happened, but not of the story that is kept for a reader. */
  add(atMs: number, actor: string, what: string, isMinor = false): void {
    const line = `${atMs} ${actor} ${what}`
    this.#count += 1
    this.#hash.update(line).update('\n')
    if (this.#isTold && !isMinor) this.#lines.push(line)
  }

  /** SHA-256 over all lines so far, hexadecimal. */
  hash(): string {
    return this.#hash.copy().digest('hex')
  }
}

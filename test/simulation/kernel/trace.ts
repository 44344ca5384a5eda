import { createHash } from 'node:crypto'

/** So many characters are hashed at once. */
const LOT_LENGTH = 16_384

/** What happened, in order; its hash is the proof that two runs were the same. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #lines: string[] = []
  readonly #isTold: boolean
  #count = 0
  #unhashed = ''

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
    this.#unhashed += `${line}\n`
    if (this.#unhashed.length > LOT_LENGTH) this.#take()
    if (this.#isTold && !isMinor) this.#lines.push(line)
  }

  /** SHA-256 over all lines so far, hexadecimal. */
  hash(): string {
    this.#take()
    return this.#hash.copy().digest('hex')
  }

  #take(): void {
    this.#hash.update(this.#unhashed)
    this.#unhashed = ''
  }
}

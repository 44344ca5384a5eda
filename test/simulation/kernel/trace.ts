import { createHash } from 'node:crypto'

/** The number of characters that are hashed at once. */
const LOT_LENGTH = 16_384

/** The events of a run, in order; its hash proves that two runs were the same. */
export class Trace {
  readonly #hash = createHash('sha256')
  readonly #lines: string[] = []
  readonly #isTraceKept: boolean
  #count = 0
  #unhashed = ''

  /** `isTold`: the lines are kept for a reader, and not only hashed. */
  constructor(isTraceKept: boolean) {
    this.#isTraceKept = isTraceKept
  }

  get count(): number {
    return this.#count
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** `isMinor`: the event counts for the hash, but is not kept for a reader. */
  add(atMs: number, actor: string, what: string, isMinor = false): void {
    const line = `${atMs} ${actor} ${what}`
    this.#count += 1
    this.#unhashed += `${line}\n`
    if (this.#unhashed.length > LOT_LENGTH) this.#take()
    if (this.#isTraceKept && !isMinor) this.#lines.push(line)
  }

  /** Returns the SHA-256 over all lines so far, hexadecimal. */
  hash(): string {
    this.#take()
    return this.#hash.copy().digest('hex')
  }

  #take(): void {
    this.#hash.update(this.#unhashed)
    this.#unhashed = ''
  }
}

import { isTime } from './plain-values.ts'
import { digitsIn, plainTimeMs } from './plain-time.ts'
import { viewOf } from '../log/record-bytes.ts'
import { parseRfc3339, PLAIN_TIME } from './rfc3339.ts'
import { TIME_LENGTH_MAX } from './wire-types.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const ZERO = 0x30
const NINE = 0x39
const POINT = 0x2e
/** The number of digits up to which every number is exact. */
const EXACT_DIGITS = 15

/**
 * Reads JSON of the plainest kind, byte by byte: no space, no escape, only ASCII. The caller requires what
 * has to come. The first other byte sets `failed`, which stays set, and everything that was read then means
 * nothing.
 */
export class PlainBytes {
  readonly #bytes: Buffer
  #at = 0
  #failed = false

  constructor(value: Uint8Array) {
    this.#bytes = viewOf(value)
  }

  get failed(): boolean {
    return this.#failed
  }

  /** True if all bytes were read and each was as required. */
  get isDone(): boolean {
    return !this.#failed && this.#at === this.#bytes.length
  }

  /** The number of bytes that were read. */
  get at(): number {
    return this.#at
  }

  /** Requires exactly these bytes. */
  literal(expected: Uint8Array): void {
    if (!this.passesAll(expected)) this.#failed = true
  }

  /**
   * Reads these bytes if they come next, and returns whether they did. It compares them one by one: a call
   * into native code costs more for so few.
   */
  passesAll(expected: Uint8Array): boolean {
    const bytes = this.#bytes
    const start = this.#at
    for (let i = 0; i < expected.length; i++) if (bytes[start + i] !== expected[i]) return false
    this.#at = start + expected.length
    return true
  }

  /** Reads this byte if it comes next, and returns whether it did. */
  passes(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false
    this.#at += 1
    return true
  }

  /** Requires this byte. */
  require(byte: number): void {
    if (!this.passes(byte)) this.#failed = true
  }

  /** Reads the inside of a string of so many characters, and its closing quote. */
  text(min: number, max: number): string {
    const start = this.#at
    const end = this.#endOfText(min, max)
    return this.#failed ? '' : this.#bytes.toString('latin1', start, end)
  }

  /** Passes over the inside of a string and its closing quote, without returning the text. */
  skipText(min: number, max: number): void {
    this.#endOfText(min, max)
  }

  /** Reads a whole number without sign, of at most 15 digits. */
  number(): number {
    const start = this.#at
    while (this.#isDigit()) this.#at += 1
    this.#requireCanonical(start, this.#at, EXACT_DIGITS)
    return digitsIn(this.#bytes, start, this.#at)
  }

  /** Reads a number that is not negative, written without an exponent. */
  fraction(): number {
    const start = this.#at
    while (this.#isDigit()) this.#at += 1
    this.#requireCanonical(start, this.#at, EXACT_DIGITS)
    if (this.passes(POINT)) {
      const point = this.#at
      while (this.#isDigit()) this.#at += 1
      if (this.#at === point) this.#failed = true
    }
    return this.#failed ? 0 : Number(this.#bytes.toString('latin1', start, this.#at))
  }

  /** Reads the inside of a string that is a whole number of at most 18 digits, and its closing quote. */
  decimal(): bigint {
    const start = this.#at
    while (this.#isDigit()) this.#at += 1
    const end = this.#at
    this.#requireCanonical(start, end, 18)
    this.require(QUOTE)
    if (this.#failed) return 0n
    return end - start <= EXACT_DIGITS
      ? BigInt(digitsIn(this.#bytes, start, end))
      : BigInt(this.#bytes.toString('latin1', start, end))
  }

  /** Passes over the inside of a string that is a time, and its closing quote. */
  time(): void {
    if (!isTime(this.text(1, TIME_LENGTH_MAX))) this.#failed = true
  }

  /** Reads such a string, in milliseconds since 1970. */
  timeMs(): number {
    const plainMs = plainTimeMs(this.#bytes, this.#at)
    if (plainMs !== undefined) {
      this.#at += PLAIN_TIME.length
      this.require(QUOTE)
      return plainMs
    }
    const timeMs = parseRfc3339(this.text(1, TIME_LENGTH_MAX))
    if (timeMs === undefined) this.#failed = true
    return timeMs ?? 0
  }

  /** Marks the text as failed, because it has a meaning that the plain reader does not know. */
  fail(): void {
    this.#failed = true
  }

  #endOfText(min: number, max: number): number {
    const bytes = this.#bytes
    let at = this.#at
    for (; ; at++) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) break
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) {
        this.#failed = true
        return at
      }
    }
    const length = at - this.#at
    if (length < min || length > max) this.#failed = true
    this.#at = at + 1
    return at
  }

  #isDigit(): boolean {
    const byte = this.#bytes[this.#at] ?? 0
    return byte >= ZERO && byte <= NINE
  }

  #requireCanonical(start: number, end: number, digitsMax: number): void {
    const digits = end - start
    const isPadded = digits > 1 && this.#bytes[start] === ZERO
    if (digits === 0 || digits > digitsMax || isPadded) this.#failed = true
  }
}

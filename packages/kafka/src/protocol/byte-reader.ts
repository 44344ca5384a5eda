/** Reads the primitive types of Kafka's protocol from bytes, one after another. */
export class ByteReader {
  readonly bytes: Buffer
  at: number

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  int8(): number {
    return this.bytes.readInt8(this.#advance(1))
  }

  int16(): number {
    return this.bytes.readInt16BE(this.#advance(2))
  }

  int32(): number {
    return this.bytes.readInt32BE(this.#advance(4))
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.#advance(8))
  }

  /** Reads a text after its length in 16 bits. An absent text is empty. */
  text(): string {
    const length = Math.max(0, this.int16())
    const start = this.#advance(length)
    return this.bytes.toString('utf8', start, start + length)
  }

  /** Reads a number of 32 bits in zig-zag, seven bits in each byte. */
  varint(): number {
    const { bytes } = this
    let result = 0
    let byte = 0x80
    for (let shift = 0; byte >= 0x80; shift += 7) {
      if (shift > 28 || this.at >= bytes.length) throw new RangeError('a number has no end')
      byte = bytes[this.at++] ?? 0
      result |= (byte & 0x7f) << shift
    }
    return (result >>> 1) ^ -(result & 1)
  }

  /** Reads a number of 64 bits in zig-zag, exact up to 2^53. Times are below that. */
  varlong(): number {
    const { bytes } = this
    let result = 0
    let factor = 1
    let byte = 0x80
    while (byte >= 0x80) {
      if (factor > 2 ** 63 || this.at >= bytes.length) throw new RangeError('a number has no end')
      byte = bytes[this.at++] ?? 0
      result += (byte & 0x7f) * factor
      factor *= 128
    }
    return result % 2 === 0 ? result / 2 : -(result + 1) / 2
  }

  /** Returns `length` bytes as a view, or `null` for a negative length. */
  view(length: number): Buffer | null {
    if (length < 0) return null
    const start = this.#advance(length)
    return this.bytes.subarray(start, start + length)
  }

  #advance(length: number): number {
    const start = this.at
    if (start + length > this.bytes.length) throw new RangeError('the bytes end too early')
    this.at = start + length
    return start
  }
}

/** Writes the primitive types of Kafka's protocol one after another: the inverse of `ByteReader`. */
export class ByteWriter {
  readonly bytes: Buffer
  at = 0

  /** `size` is the number of all bytes that will be written. */
  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  int8(value: number): void {
    this.at = this.bytes.writeInt8(value, this.at)
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at)
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at)
  }

  int64(value: bigint): void {
    this.at = this.bytes.writeBigInt64BE(value, this.at)
  }

  /** Writes a number of 32 bits in zig-zag, seven bits in each byte. */
  varint(value: number): void {
    let rest = zigZag(value)
    for (; rest > 0x7f; rest >>>= 7) this.bytes[this.at++] = (rest & 0x7f) | 0x80
    this.bytes[this.at++] = rest
  }

  /** Writes bytes after their length. An absent part has the length −1. */
  part(bytes: Uint8Array | null): void {
    this.varint(bytes === null ? -1 : bytes.length)
    if (bytes !== null) this.raw(bytes)
  }

  /** Writes bytes without a length. */
  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }
}

function zigZag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0
}

/** Returns the number of bytes that {@link ByteWriter.varint} writes. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = zigZag(value); rest > 0x7f; rest >>>= 7) size += 1
  return size
}

/** Returns the number of bytes that {@link ByteWriter.part} writes. */
export function partSize(bytes: Uint8Array | null): number {
  return bytes === null ? varintSize(-1) : varintSize(bytes.length) + bytes.length
}

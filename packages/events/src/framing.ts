import { createHash } from 'node:crypto'

const absent = 0xffff_ffff

/**
 * The parts one after the other, each behind its length, so that no byte can move from one part
 * to its neighbour. An absent part differs from an empty one.
 */
export function frame(parts: readonly (Uint8Array | string | null)[]): Buffer {
  return Buffer.concat([lengthOf(parts.length), ...parts.flatMap(framed)])
}

function framed(part: Uint8Array | string | null): readonly Uint8Array[] {
  if (part === null) return [lengthOf(absent)]
  const bytes = typeof part === 'string' ? Buffer.from(part) : part
  return [lengthOf(bytes.length), bytes]
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  return bytes
}

/** SHA-256. */
export function sha256(bytes: Uint8Array | string): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** SHA-256 as base64url. */
export function sha256Text(bytes: Uint8Array | string): string {
  return sha256(bytes).toString('base64url')
}

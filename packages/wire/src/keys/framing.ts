import { hash } from 'node:crypto'

const LENGTH_BYTES = 4
const absent = 0xffff_ffff

/** A part of a frame: bytes, text as UTF-8, or nothing. */
type Part = Uint8Array | string | null

/**
 * Joins the parts, each behind its length, so that no byte can move from one part to its neighbour. An absent
 * part differs from an empty one.
 */
export function frame(parts: readonly Part[]): Buffer {
  const framed = Buffer.allocUnsafe(framedLength(parts))
  writeFrame(parts, framed)
  return framed
}

/** Memory of frames that are not kept; no code awaits while it is in use. */
const scratch = Buffer.allocUnsafeSlow(32 * 1024)

/**
 * Frames the parts in memory that the next frame overwrites. The caller hashes it at once and does not keep
 * it.
 */
export function briefFrame(parts: readonly Part[]): Buffer {
  const length = framedLength(parts)
  if (length > scratch.length) return frame(parts)
  writeFrame(parts, scratch)
  return scratch.subarray(0, length)
}

/** SHA-256 of a frame as base64url. */
export function framedHash(parts: readonly Part[]): string {
  return sha256Text(briefFrame(parts))
}

function writeFrame(parts: readonly Part[], to: Buffer): void {
  let at = to.writeUInt32BE(parts.length)
  for (const part of parts) {
    const start = at + LENGTH_BYTES
    const length = part === null ? 0 : write(part, to, start)
    to.writeUInt32BE(part === null ? absent : length, at)
    at = start + length
  }
}

function framedLength(parts: readonly Part[]): number {
  let length = LENGTH_BYTES * (parts.length + 1)
  for (const part of parts)
    if (part !== null) length += typeof part === 'string' ? Buffer.byteLength(part) : part.length
  return length
}

function write(part: Uint8Array | string, to: Buffer, at: number): number {
  if (typeof part === 'string') return to.write(part, at)
  to.set(part, at)
  return part.length
}

/**
 * Returns the SHA-256. It goes by way of a text, because a buffer of its own outside of the heap costs more
 * than the hash.
 */
export function sha256(bytes: Uint8Array | string): Buffer {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1')
}

/** SHA-256 as base64url. */
export function sha256Text(bytes: Uint8Array | string): string {
  return hash('sha256', bytes, 'base64url')
}

import { invariant } from '@freshet/protocol'
import type { OutgoingRecord } from '@freshet/wire'

const LENGTH_BYTES = 4
const ABSENT = 0xffff_ffff

/**
 * A whole record in one `bytea`, to be published byte for byte: key, value, and each header's name
 * and bytes, every part behind its length.
 */
export function packRecord({ key, value, headers }: OutgoingRecord): Buffer {
  const parts: (Uint8Array | null)[] = [key, value]
  for (const [name, bytes] of Object.entries(headers)) parts.push(Buffer.from(name), bytes)
  const packed = Buffer.allocUnsafe(
    parts.reduce((size, part) => size + LENGTH_BYTES + (part?.length ?? 0), 0),
  )
  let at = 0
  for (const part of parts) {
    at = packed.writeUInt32BE(part === null ? ABSENT : part.length, at)
    if (part === null) continue
    packed.set(part, at)
    at += part.length
  }
  return packed
}

/** The inverse of {@link packRecord}. Its result shares the memory of `packed`. */
export function unpackRecord(packed: Buffer): OutgoingRecord {
  const parts: (Buffer | null)[] = []
  for (let at = 0; at < packed.length;) {
    const length = packed.readUInt32BE(at)
    at += LENGTH_BYTES
    parts.push(length === ABSENT ? null : packed.subarray(at, at + length))
    if (length !== ABSENT) at += length
  }
  const [key = null, value = null, ...named] = parts
  const headers: Record<string, Uint8Array> = {}
  for (let i = 0; i + 1 < named.length; i += 2) {
    const [name, bytes] = [named[i], named[i + 1]]
    invariant(name && bytes, 'A stored record has a header without a name or without bytes.')
    headers[name.toString()] = bytes
  }
  return { key, value, headers }
}

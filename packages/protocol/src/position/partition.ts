import { SUBJECT_PARTITIONS } from '#subject-partitions'
import { subjectKey, type Subject } from '../scope/subject.ts'

export { SUBJECT_PARTITIONS }

/** The partition that carries whatever concerns many subjects, and every account event. */
export const CONTROL_PARTITION = 0

/** All partitions of the change and revocation topics: control first, then the subjects'. */
export const PARTITIONS: readonly number[] = Array.from(
  { length: 1 + SUBJECT_PARTITIONS },
  (_, partition) => partition,
)

/** The partition of a subject: `1 + (murmur2(key) & 0x7fffffff) mod N`, with Java's murmur2. */
export function partitionOf(subject: Subject): number {
  return 1 + ((murmur2(utf8(subjectKey(subject))) & 0x7fffffff) % SUBJECT_PARTITIONS)
}

/** First bits of a code point's first byte, by how many bytes follow. */
const LEADS: readonly [0, 0xc0, 0xe0, 0xf0] = [0, 0xc0, 0xe0, 0xf0]

/** Kafka's murmur2 (32 bits, its seed), so that producers in other languages agree with us. */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995
  let h = 0x9747b28c ^ bytes.length
  const whole = bytes.length & ~3
  for (let i = 0; i < whole; i += 4) {
    let k = byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16)
    k = Math.imul(k | (byte(bytes, i + 3) << 24), m)
    h = Math.imul(h, m) ^ Math.imul(k ^ (k >>> 24), m)
  }
  return finish(mixTail(h, bytes, whole))
}

function mixTail(hash: number, bytes: Uint8Array, from: number): number {
  const rest = bytes.length - from
  if (rest === 0) return hash
  let h = hash
  for (let i = rest - 1; i >= 0; i--) h ^= byte(bytes, from + i) << (8 * i)
  return Math.imul(h, 0x5bd1e995)
}

function finish(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995)
  return h ^ (h >>> 15)
}

function byte(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

/** Nothing waits while it is in use. */
const scratch = new Uint8Array(4_096)

/**
 * UTF-8 without `TextEncoder`, which the protocol does not have; lone surrogates become U+FFFD. The
 * next text may be written over it.
 */
function utf8(text: string): Uint8Array {
  const room = text.length * 3
  const out = room > scratch.length ? new Uint8Array(room) : scratch
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) {
      out[length++] = unit
      continue
    }
    const point = text.codePointAt(at) ?? 0
    if (point > 0xffff) at += 1
    length = pushCodePoint(out, length, point)
  }
  return out.subarray(0, length)
}

/** A code point above ASCII; answers where the next one goes. */
function pushCodePoint(out: Uint8Array, at: number, point: number): number {
  const p = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
  const tails = p < 0x800 ? 1 : p < 0x10000 ? 2 : 3
  out[at] = LEADS[tails] | (p >> (6 * tails))
  for (let i = 1; i <= tails; i++) out[at + i] = 0x80 | ((p >> (6 * (tails - i))) & 0x3f)
  return at + tails + 1
}

import { subjectKey, type Subject } from './subject.ts'

/** The partition that carries whatever concerns many subjects, and every account event. */
export const CONTROL_PARTITION = 0

/** How many partitions carry subjects. Never changed in place: another count is another topic. */
export const SUBJECT_PARTITIONS = 6

/** All partitions of the change and revocation topics: control first, then the subjects'. */
export const PARTITIONS: readonly number[] = Array.from(
  { length: 1 + SUBJECT_PARTITIONS },
  (_, partition) => partition,
)

/** The partition of a subject: `1 + (murmur2(key) & 0x7fffffff) mod N`, with Java's murmur2. */
export function partitionOf(subject: Subject): number {
  return 1 + ((murmur2(utf8(subjectKey(subject))) & 0x7fffffff) % SUBJECT_PARTITIONS)
}

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

/** UTF-8 without `TextEncoder`, which the domain does not have; lone surrogates become U+FFFD. */
function utf8(text: string): Uint8Array {
  const out: number[] = []
  for (const character of text) pushCodePoint(out, character.codePointAt(0) ?? 0)
  return Uint8Array.from(out)
}

function pushCodePoint(out: number[], point: number): void {
  const p = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point
  if (p < 0x80) out.push(p)
  else if (p < 0x800) out.push(0xc0 | (p >> 6), tail(p))
  else if (p < 0x10000) out.push(0xe0 | (p >> 12), tail(p >> 6), tail(p))
  else out.push(0xf0 | (p >> 18), tail(p >> 12), tail(p >> 6), tail(p))
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f)
}

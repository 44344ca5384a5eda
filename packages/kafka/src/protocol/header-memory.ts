import type { ByteReader } from './byte-reader.ts'

/** Reads the names and values of headers. Most records have the same names, and most values, in the same order. */
export interface HeaderMemory {
  /** Reads a name after its length. `place` is the index of the header in the record. */
  name(from: ByteReader, place: number): string
  /** Reads a value after its length, as a view. A value that is absent is empty. */
  value(from: ByteReader, place: number): Uint8Array
}

interface Seen {
  readonly text: string
  readonly bytes: Buffer
}

const PLACES_MAX = 32
const NOTHING = new Uint8Array(0)

/**
 * Returns a reader that remembers name and value at each place. It does not create the same text and the same
 * view for every record.
 */
export function headerMemory(): HeaderMemory {
  const names: Seen[] = []
  const values: Buffer[] = []
  return {
    name(from, place) {
      const length = from.varint()
      const known = names[place]
      if (known !== undefined && passes(from, known.bytes, length)) return known.text
      const bytes = from.view(length)
      const text = bytes === null ? '' : bytes.toString()
      if (bytes !== null && place < PLACES_MAX) names[place] = { text, bytes }
      return text
    },
    value(from, place) {
      const length = from.varint()
      const known = values[place]
      if (known !== undefined && passes(from, known, length)) return known
      const bytes = from.view(length)
      if (bytes !== null && place < PLACES_MAX) values[place] = bytes
      return bytes ?? NOTHING
    },
  }
}

/** Passes over the next `length` bytes if they are the known ones, and returns whether they are. */
function passes(from: ByteReader, known: Buffer, length: number): boolean {
  if (known.length !== length) return false
  const { bytes, at } = from
  for (let i = 0; i < length; i++) if (bytes[at + i] !== known[i]) return false
  from.at += length
  return true
}

import type { ByteReader } from './byte-reader.ts'

/** Reads the names of headers. Most records have the same names in the same order. */
export interface HeaderNames {
  /** Reads a name after its length. `place` is the index of the header in the record. */
  read(from: ByteReader, place: number): string
}

interface Seen {
  readonly text: string
  readonly bytes: Buffer
}

const PLACES_MAX = 32

/**
 * Returns a reader that remembers the name at each place, so it does not create the same text for every
 * record.
 */
export function headerNames(): HeaderNames {
  const seen: Seen[] = []
  return {
    read(from, place) {
      const length = from.varint()
      const known = seen[place]
      if (known !== undefined && isNext(from, known.bytes, length)) {
        from.at += length
        return known.text
      }
      const bytes = from.view(length)
      const text = bytes === null ? '' : bytes.toString()
      if (bytes !== null && place < PLACES_MAX) seen[place] = { text, bytes }
      return text
    },
  }
}

function isNext({ bytes, at }: ByteReader, name: Buffer, length: number): boolean {
  if (name.length !== length) return false
  for (let i = 0; i < length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}

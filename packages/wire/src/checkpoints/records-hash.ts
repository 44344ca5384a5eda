import { framedHash } from '../keys/framing.ts'
import type { OutgoingRecord } from '../log/log.ts'

type HashedRecord = Pick<OutgoingRecord, 'key' | 'value' | 'headers'>

/**
 * Returns the hash that a checkpoint signs for the records before it (rule 45): the join of their hashes. The
 * hash of no records is defined too.
 */
export function recordsHash(records: readonly HashedRecord[]): string {
  return joinRecordHashes(records.map(recordHash))
}

/**
 * Returns the base64url SHA-256 over the key, the value and all headers of one record, headers in the order
 * of their names. Every part has its length before it, so that no byte can move between parts.
 */
export function recordHash({ key, value, headers }: HashedRecord): string {
  const parts = [key, value]
  for (const name of sortedNames(headers)) parts.push(nameBytes(name), headers[name] ?? null)
  return framedHash(parts)
}

const NAMES_MAX = 64
/** For more names, sorting by insertion takes longer: a forged record can have thousands of headers. */
const FEW_NAMES = 16
const known = new Map<string, Uint8Array>()

function nameBytes(name: string): Uint8Array {
  const held = known.get(name)
  if (held !== undefined) return held
  const bytes = Buffer.from(name)
  if (known.size < NAMES_MAX) known.set(name, bytes)
  return bytes
}

/** Names are few and mostly in order, and an edge sorts those of every record. */
function sortedNames(headers: HashedRecord['headers']): readonly string[] {
  const names = Object.keys(headers)
  if (names.length > FEW_NAMES) return names.sort((a, b) => (a < b ? -1 : 1))
  for (let i = 1; i < names.length; i++) {
    const name = names[i] ?? ''
    let at = i
    for (; at > 0 && (names[at - 1] ?? '') > name; at--) names[at] = names[at - 1] ?? ''
    names[at] = name
  }
  return names
}

/** Nearly all checkpoints of an idle topic cover no records. */
const hashOfNone = framedHash([])

/** Computes {@link recordsHash} from the {@link recordHash} of each record, in the order of the log. */
export function joinRecordHashes(hashes: readonly string[]): string {
  return hashes.length === 0 ? hashOfNone : framedHash(hashes)
}

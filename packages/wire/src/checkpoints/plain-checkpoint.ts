import type { Checkpoint } from '@freshet/protocol'
import { PlainBytes } from '../json/plain-bytes.ts'
import { RECORD_BYTES_MAX, viewOf } from '../log/record-bytes.ts'
import { HASH, LENGTHS } from '../json/wire-types.ts'

const BACKSLASH = 0x5c
const HASH_LENGTH = 43

const members = {
  e: Buffer.from('{"e":"'),
  partition: Buffer.from(',"partition":'),
  generation: Buffer.from(',"generation":"'),
  previous: Buffer.from(',"previous":'),
  none: Buffer.from('null'),
  quote: Buffer.from('"'),
  nonce: Buffer.from(',"nonce":"'),
  count: Buffer.from(',"n":'),
  hash: Buffer.from(',"hash":"'),
  through: Buffer.from(',"through":{'),
  end: Buffer.from('}'),
}
const CRITICAL = Buffer.from('"critical"')

/**
 * Reads a checkpoint up to its heartbeat, from the exact bytes that this build writes. It accepts only what the
 * schema accepts there, and reads it as the schema does. It returns `undefined` for every other form, and for
 * every value that can name a critical member; the full codec can still read it, and that codec alone refuses.
 *
 * The heartbeat itself is not read. The checkpoint counts only if a signature or a hash covers all bytes.
 */
export function readPlainLink(value: Uint8Array): Checkpoint | undefined {
  if (value.length > RECORD_BYTES_MAX) return undefined
  const from = new PlainBytes(value)
  from.literal(members.e)
  const e = from.decimal()
  from.literal(members.partition)
  const partition = from.number()
  from.literal(members.generation)
  const generation = from.decimal()
  from.literal(members.previous)
  const previous = from.passesAll(members.none) ? null : hashIn(from, members.quote)
  const nonce = from.passesAll(members.nonce) ? from.text(1, LENGTHS.nonce) : undefined
  from.literal(members.count)
  const count = from.number()
  const recordsHash = hashIn(from, members.hash)
  if (!hasPlainEnd(from, value)) return undefined
  const link = { e, partition, generation, previous, count, recordsHash }
  return nonce === undefined ? link : { ...link, nonce }
}

function hashIn(from: PlainBytes, name: Buffer): string {
  from.literal(name)
  const hash = from.text(HASH_LENGTH, HASH_LENGTH)
  if (!HASH.test(hash)) from.fail()
  return hash
}

/** Returns whether nothing follows, or a heartbeat that names no critical member in any spelling. */
function hasPlainEnd(from: PlainBytes, value: Uint8Array): boolean {
  if (!from.passesAll(members.through)) {
    from.literal(members.end)
    return from.isDone
  }
  const bytes = viewOf(value)
  return !from.failed && !bytes.includes(CRITICAL, from.at) && !bytes.includes(BACKSLASH, from.at)
}

import type { LogRecord } from '@freshet/wire'
import { decompressed, refusedPartition } from './batch-codec.ts'
import { ByteReader } from './byte-reader.ts'

/** Reads the names and values of headers. Most records have the same names, and most values, in the same order. */
interface HeaderMemory {
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
function headerMemory(): HeaderMemory {
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

/** The bytes before the records of a batch (message format v2, Kafka ≥ 0.11). */
const HEAD_BYTES = 61
/** The part of these bytes that the length does not count. */
const UNCOUNTED_BYTES = 12
const MAGIC = 2
const LOG_APPEND_TIME = 0x08
const CONTROL = 0x20

/** The records of all complete batches. */
export interface DecodedBatches {
  readonly records: readonly LogRecord[]
  /** The offset after the last batch, or `null` without a batch. */
  readonly next: bigint | null
  /** The leader epoch of the last batch, or `null` without a batch. */
  readonly leaderEpoch: number | null
}

/** The partition of the batches, and the first requested offset. */
export interface BatchOrigin {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
}

interface Batch extends BatchOrigin {
  readonly baseOffset: bigint
  readonly appendedAtMs: number
  readonly isLogAppendTime: boolean
  readonly memory: HeaderMemory
}

/**
 * Decodes the record batches of a fetch answer. The library's own decoder takes twice as long as all the work
 * of an edge on a record. A batch that the byte budget cut off is left out. So are control records of
 * transactions, and records before `from`, because a leader answers with complete batches. Decoding ends
 * before a batch with a compression that this client does not read.
 *
 * @throws RangeError if the bytes are no batches; `topic.compressed` if the first batch is refused
 */
export async function decodeBatches(bytes: Buffer, origin: BatchOrigin): Promise<DecodedBatches> {
  const records: LogRecord[] = []
  const memory = headerMemory()
  let next: bigint | null = null
  let leaderEpoch: number | null = null
  let at = 0
  while (at + HEAD_BYTES <= bytes.length) {
    const head = new ByteReader(bytes, at)
    const baseOffset = head.int64()
    const end = at + UNCOUNTED_BYTES + head.int32()
    if (end > bytes.length) break
    leaderEpoch = head.int32()
    if (head.int8() !== MAGIC) throw new RangeError('a batch of an unknown format')
    head.at += 4
    const attributes = head.int16()
    const behind = baseOffset + BigInt(head.int32()) + 1n
    if ((attributes & CONTROL) === 0 && behind > origin.from) {
      const firstMs = Number(head.int64())
      const lastMs = Number(head.int64())
      const isLogAppendTime = (attributes & LOG_APPEND_TIME) !== 0
      const appendedAtMs = isLogAppendTime ? lastMs : firstMs
      const count = bytes.readInt32BE(at + HEAD_BYTES - 4)
      const place = { ...origin, offset: baseOffset }
      const held = bytes.subarray(at + HEAD_BYTES, end)
      const hasRead = next !== null && next > origin.from
      const body = await decompressed(held, attributes, place).catch(endIf(hasRead))
      if (body === null) break
      const from = new ByteReader(body)
      const batch = { ...origin, baseOffset, appendedAtMs, isLogAppendTime, memory }
      for (let n = 0; n < count; n++) readRecord(from, batch, records)
    }
    next = behind
    at = end
  }
  return { records, next, leaderEpoch }
}

/** Ends the decoding at a refused batch if records were read before it: they are delivered first. */
function endIf(hasRead: boolean): (error: unknown) => null {
  return (error) => {
    if (hasRead && refusedPartition(error) !== undefined) return null
    throw error
  }
}

function readRecord(from: ByteReader, batch: Batch, records: LogRecord[]): void {
  const length = from.varint()
  const end = from.at + length
  from.at += 1
  const delta = from.varlong()
  const offset = batch.baseOffset + BigInt(from.varint())
  if (offset >= batch.from) {
    const { topic, partition, isLogAppendTime } = batch
    const appendedAtMs = isLogAppendTime ? batch.appendedAtMs : batch.appendedAtMs + delta
    const key = from.view(from.varint())
    const value = from.view(from.varint())
    const headers = readHeaders(from, batch.memory)
    records.push({ topic, partition, offset, appendedAtMs, key, value, headers })
  }
  from.at = end
}

/** Reads headers. A header without a value is empty, and the last value of a repeated name counts. */
function readHeaders(from: ByteReader, memory: HeaderMemory): Record<string, Uint8Array> {
  const headers: Record<string, Uint8Array> = {}
  const count = from.varint()
  for (let n = 0; n < count; n++) {
    const name = memory.name(from, n)
    const value = memory.value(from, n)
    if (name === '__proto__') define(headers, name, value)
    else headers[name] = value
  }
  return headers
}

function define(headers: Record<string, Uint8Array>, name: string, value: Uint8Array): void {
  Object.defineProperty(headers, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

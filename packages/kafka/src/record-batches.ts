import type { LogRecord } from '@freshet/events'
import { decompressed, refusedPartition } from './batch-codec.ts'
import { ByteReader } from './byte-reader.ts'
import { headerNames, type HeaderNames } from './header-names.ts'

/** What stands before the records of a batch (message format v2, Kafka ≥ 0.11). */
const HEAD_BYTES = 61
/** The part of it that the length does not count. */
const UNCOUNTED_BYTES = 12
const MAGIC = 2
const LOG_APPEND_TIME = 0x08
const CONTROL = 0x20

/** Batches as far as they are whole. */
export interface DecodedBatches {
  readonly records: readonly LogRecord[]
  /** Offset behind the last batch; null without a batch. */
  readonly next: bigint | null
  /** Leader epoch under which the last batch was written; null without a batch. */
  readonly leaderEpoch: number | null
}

/** Where batches were read from, and the offset below which nobody asked. */
export interface BatchOrigin {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
}

interface Batch extends BatchOrigin {
  readonly baseOffset: bigint
  readonly appendedAtMs: number
  readonly isLogAppendTime: boolean
  readonly names: HeaderNames
}

/**
 * Decodes the record batches of a fetch answer. The library's own decoder takes twice as long as all
 * that an edge does with a record. A batch that the byte budget cut off is left out, and so are
 * records of transactions' control and those before `from`: a leader answers with whole batches.
 * Reading ends before a batch that is compressed in a way that is not read.
 *
 * @throws RangeError where the bytes are no batches; `topic.compressed` where the first batch is refused
 */
export async function decodeBatches(bytes: Buffer, origin: BatchOrigin): Promise<DecodedBatches> {
  const records: LogRecord[] = []
  const names = headerNames()
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
      const batch = { ...origin, baseOffset, appendedAtMs, isLogAppendTime, names }
      for (let n = 0; n < count; n++) readRecord(from, batch, records)
    }
    next = behind
    at = end
  }
  return { records, next, leaderEpoch }
}

/** What was read before a refused batch is delivered first. */
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
    const headers = readHeaders(from, batch.names)
    records.push({ topic, partition, offset, appendedAtMs, key, value, headers })
  }
  from.at = end
}

const NOTHING = new Uint8Array(0)

/** A header without a value counts as empty; of a repeated name the last one counts. */
function readHeaders(from: ByteReader, names: HeaderNames): Record<string, Uint8Array> {
  const headers: Record<string, Uint8Array> = {}
  const count = from.varint()
  for (let n = 0; n < count; n++) {
    const name = names.read(from, n)
    const value = from.view(from.varint()) ?? NOTHING
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

import { createRequire } from 'node:module'

/** A record to encode; a header can have several values. */
export interface BatchRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | readonly Buffer[]>>
  readonly timestampDelta?: number
}

/** A batch as a leader would send it. */
export interface BatchPlan {
  readonly baseOffset: bigint
  readonly records: readonly BatchRecord[]
  readonly firstMs?: number
  readonly lastMs?: number
  readonly leaderEpoch?: number
  readonly gzip?: boolean
  readonly isControl?: boolean
  readonly isLogAppendTime?: boolean
}

type Encoded = { readonly buffer: Buffer }

const load = createRequire(import.meta.url)
const protocol = 'kafkajs/src/protocol'
const { RecordBatch } = load(`${protocol}/recordBatch/v0`) as {
  RecordBatch: (plan: object) => Promise<Encoded>
}
const Record = load(`${protocol}/recordBatch/record/v0`) as (plan: object) => Encoded
const Decoder = load(`${protocol}/decoder`) as new (bytes: Buffer) => object
const produceRequest = load(`${protocol}/requests/produce/v7/request`) as (plan: object) => {
  encode: () => Promise<Encoded>
}
const decodeMessages = load(`${protocol}/requests/fetch/v4/decodeMessages`) as (
  from: object,
) => Promise<readonly LibraryMessage[]>

/** A record in the form of the library's own decoder. */
export interface LibraryMessage {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | readonly Buffer[]>>
}

const ATTRIBUTES_AT = 21

/** Encodes a batch with the client library's own encoder. */
export async function batchBytes(plan: BatchPlan): Promise<Buffer> {
  const { records, firstMs = 1, lastMs = 1, leaderEpoch = 0 } = plan
  const encoded = records.map((record, offsetDelta) =>
    Record({ offsetDelta, timestampDelta: 0, ...record }),
  )
  const { buffer } = await RecordBatch({
    compression: plan.gzip === true ? 1 : 0,
    firstTimestamp: firstMs,
    maxTimestamp: lastMs,
    partitionLeaderEpoch: leaderEpoch,
    lastOffsetDelta: records.length - 1,
    records: encoded,
  })
  const bytes = Buffer.from(buffer)
  bytes.writeBigInt64BE(plan.baseOffset)
  const flags = (plan.isLogAppendTime === true ? 8 : 0) | (plan.isControl === true ? 32 : 0)
  bytes.writeInt16BE(bytes.readInt16BE(ATTRIBUTES_AT) | flags, ATTRIBUTES_AT)
  return bytes
}

/** Returns the records that the client library's own decoder reads in batches. */
export function decodedByLibrary(batches: Buffer): Promise<readonly LibraryMessage[]> {
  const length = Buffer.alloc(4)
  length.writeInt32BE(batches.length)
  return decodeMessages(new Decoder(Buffer.concat([length, batches])))
}

/** Records for one partition of a topic. */
export interface BatchAppend {
  readonly topic: string
  readonly partition: number
  readonly records: readonly BatchRecord[]
}

/** Encodes a produce request of version 7 with the client library's own encoder. */
export async function produceBytes(
  appends: readonly BatchAppend[],
  timeoutMs: number,
): Promise<Buffer> {
  const topics = [...new Set(appends.map(({ topic }) => topic))]
  const topicData = topics.map((topic) => ({
    topic,
    partitions: appends
      .filter((append) => append.topic === topic)
      .map(({ partition, records }) => ({
        partition,
        firstSequence: 0,
        messages: records.map((record) => ({ ...record, timestamp: -1 })),
      })),
  }))
  return (await produceRequest({ acks: -1, timeout: timeoutMs, topicData }).encode()).buffer
}

import { ByteReader } from './byte-reader.ts'

/** A leader's answer for one partition. `bytes` are record batches. */
export interface AnsweredPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
  /** The broker's high watermark. */
  readonly end: bigint
  readonly bytes: Buffer
}

/** Reads the answer to a Fetch of version 11, without its records. */
export function readFetchAnswer(payload: Buffer): {
  readonly throttleMs: number
  readonly partitions: readonly AnsweredPartition[]
} {
  const from = new ByteReader(payload)
  const throttleMs = from.int32()
  // This skips the error and the id of a fetch session: this client uses no sessions.
  from.at += 6
  const partitions: AnsweredPartition[] = []
  for (let topics = from.int32(); topics > 0; topics--) {
    const topic = from.text()
    for (let count = from.int32(); count > 0; count--) partitions.push(readPartition(from, topic))
  }
  return { throttleMs, partitions }
}

function readPartition(from: ByteReader, topic: string): AnsweredPartition {
  const partition = from.int32()
  const errorCode = from.int16()
  const end = from.int64()
  // This skips the last stable offset and the first offset.
  from.at += 16
  const aborted = Math.max(0, from.int32())
  // This skips the aborted transactions (id and offset each) and the preferred replica.
  from.at += 16 * aborted + 4
  const bytes = from.view(from.int32()) ?? Buffer.alloc(0)
  return { topic, partition, errorCode, end, bytes }
}

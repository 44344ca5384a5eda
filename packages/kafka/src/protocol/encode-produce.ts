import type { OutgoingRecord } from '@freshet/wire'
import { ByteWriter } from './byte-writer.ts'
import { encodeBatch } from './encode-batch.ts'
import { PRODUCE_TIMEOUT_MS } from '../client/settings.ts'

/** The answer waits for every in-sync replica. */
export const ACKS_ALL = -1
const NO_TRANSACTION = -1

/** The records of one append. */
export interface Append {
  readonly topic: string
  readonly partition: number
  readonly records: readonly OutgoingRecord[]
}

/** Encodes the body of a produce request of version 7. A partition of a topic must not occur twice. */
export function encodeProduce(appends: readonly Append[]): Buffer {
  const topics = [...new Set(appends.map(({ topic }) => topic))]
  const head = new ByteWriter(12)
  head.int16(NO_TRANSACTION)
  head.int16(ACKS_ALL)
  head.int32(PRODUCE_TIMEOUT_MS)
  head.int32(topics.length)
  const bodies = topics.flatMap((topic) =>
    encodeTopic(
      topic,
      appends.filter((append) => append.topic === topic),
    ),
  )
  return Buffer.concat([head.bytes, ...bodies])
}

function encodeTopic(topic: string, appends: readonly Append[]): readonly Buffer[] {
  const name = Buffer.from(topic)
  const head = new ByteWriter(2 + name.length + 4)
  head.int16(name.length)
  head.raw(name)
  head.int32(appends.length)
  return [head.bytes, ...appends.flatMap(encodePartition)]
}

function encodePartition({ partition, records }: Append): readonly Buffer[] {
  const batch = encodeBatch(records)
  const head = new ByteWriter(8)
  head.int32(partition)
  head.int32(batch.length)
  return [head.bytes, batch]
}

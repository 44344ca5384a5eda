import {
  fetchV12,
  listOffsetsV7,
  ResponseError,
  type Broker,
  type KafkaRecord,
  type RecordsBatch,
} from '@platformatic/kafka'
import type { LogRecord, PartitionBounds } from '@freshet/wire'
import { byLeader, type Cluster, type Leaders } from './cluster.ts'

/** The same limits as those of `@freshet/kafka`. */
const PARTITION_BYTES_MAX = 262_144
const RESPONSE_BYTES_MAX = 2 * PARTITION_BYTES_MAX
const READ_UNCOMMITTED = 0
const NO_SESSION = { id: 0, epoch: -1 } as const
const UNKNOWN_EPOCH = -1
const EARLIEST = -2n
const LATEST = -1n
const OFFSET_OUT_OF_RANGE = 1
const LOG_APPEND_TIME = 8
const CONTROL = 32

/** The next offset to read, by partition. */
export type Positions = ReadonlyMap<number, bigint>

/** The answer of a leader for one partition. */
export interface Fetched {
  readonly partition: number
  readonly records: readonly LogRecord[]
  readonly next: bigint
  readonly end: bigint
}

/** Fetches some partitions of a topic once from their leader. */
export async function fetchOnce(
  on: { readonly cluster: Cluster; readonly leader: Broker },
  topic: string,
  positions: Positions,
  maxWaitMs: number,
): Promise<readonly Fetched[]> {
  const connection = await on.cluster.connection(on.leader)
  const partitions = [...positions].map(([partition, fetchOffset]) => ({
    partition,
    fetchOffset,
    currentLeaderEpoch: UNKNOWN_EPOCH,
    lastFetchedEpoch: UNKNOWN_EPOCH,
    partitionMaxBytes: PARTITION_BYTES_MAX,
  }))
  const answer = await fetchV12.api.async(
    connection,
    maxWaitMs,
    1,
    RESPONSE_BYTES_MAX,
    READ_UNCOMMITTED,
    NO_SESSION.id,
    NO_SESSION.epoch,
    // Up to version 12, this member has the name of the topic.
    [{ topicId: topic, partitions }],
    [],
    '',
  )
  const parts = answer.responses[0]?.partitions ?? []
  return parts.map(({ partitionIndex: partition, highWatermark: end, records = [] }) => {
    const from = positions.get(partition) ?? 0n
    return { partition, end, ...decoded(records, { topic, partition, from }) }
  })
}

/** Returns the partition whose position does not exist, if an error is about one. */
export function lostPartition(error: unknown): number | undefined {
  if (!(error instanceof ResponseError)) return undefined
  const { responses } = error['response'] as fetchV12.FetchResponse
  const parts = responses[0]?.partitions ?? []
  return parts.find(({ errorCode }) => errorCode === OFFSET_OUT_OF_RANGE)?.partitionIndex
}

/** Returns the first and the next offset of partitions. */
export async function boundsOf(
  cluster: Cluster,
  leaders: Leaders,
  topic: string,
  partitions: readonly number[] = [...leaders.keys()],
): Promise<readonly PartitionBounds[]> {
  const offsets = async (timestamp: bigint): Promise<ReadonlyMap<number, bigint>> => {
    const answers = [...byLeader(leaders, topic, partitions)].map(async ([leader, group]) => {
      const asked = group.map((partitionIndex) => ({
        partitionIndex,
        currentLeaderEpoch: UNKNOWN_EPOCH,
        timestamp,
      }))
      const connection = await cluster.connection(leader)
      const topics = [{ name: topic, partitions: asked }]
      const answer = await listOffsetsV7.api.async(connection, -1, READ_UNCOMMITTED, topics)
      return answer.topics[0]?.partitions ?? []
    })
    const parts = (await Promise.all(answers)).flat()
    return new Map(parts.map(({ partitionIndex, offset }) => [partitionIndex, offset]))
  }
  const earliest = await offsets(EARLIEST)
  const end = await offsets(LATEST)
  return partitions.map((partition) => ({
    partition,
    earliest: earliest.get(partition) ?? 0n,
    end: end.get(partition) ?? 0n,
  }))
}

interface Place {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
}

function decoded(
  batches: readonly RecordsBatch[],
  place: Place,
): { readonly records: readonly LogRecord[]; readonly next: bigint } {
  const records: LogRecord[] = []
  let next = place.from
  for (const batch of batches) {
    const after = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
    if (after > next) next = after
    if ((batch.attributes & CONTROL) !== 0) continue
    for (const record of batch.records) {
      const offset = batch.firstOffset + BigInt(record.offsetDelta)
      if (offset >= place.from) records.push(recordOf(place, batch, record))
    }
  }
  return { records, next }
}

function recordOf(
  { topic, partition }: Place,
  batch: RecordsBatch,
  record: KafkaRecord,
): LogRecord {
  const isAppendTime = (batch.attributes & LOG_APPEND_TIME) !== 0
  const time = isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + record.timestampDelta
  const headers: Record<string, Uint8Array> = {}
  for (const [name, value] of record.headers) headers[String(name)] = value ?? new Uint8Array(0)
  return {
    topic,
    partition,
    offset: batch.firstOffset + BigInt(record.offsetDelta),
    appendedAtMs: Number(time),
    key: record.key,
    value: record.value,
    headers,
  }
}

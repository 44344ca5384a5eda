import type { LogRecord } from '@freshet/events'
import type { BrokerHandle, FetchRequest, FetchedMessage, FetchedPartition } from './internals.ts'

/** How long the leader holds a fetch while there is nothing new. Adds no delay to new records. */
export const FETCH_WAIT_MS = 500
/** Above about 100 000 records in one answer the client library overflows its stack. */
export const PARTITION_BYTES_MAX = 1_048_576
const RESPONSE_BYTES_MAX = 10 * PARTITION_BYTES_MAX

/**
 * An open transaction of some writer must not hold up readers, and every reader of a topic has to
 * see the same records at the same offsets, so transactions are ignored.
 */
const READ_UNCOMMITTED = 0

/** What the leader said about one partition. */
export interface Fetched {
  readonly partition: number
  readonly records: readonly LogRecord[]
  /** Offset to go on from: after the last batch, also where it held nothing for us. */
  readonly next: bigint
  /** The broker's high watermark. */
  readonly end: bigint
  /** Leader epoch under which the last batch was written; null without a batch. */
  readonly leaderEpoch: number | null
}

/**
 * One fetch of some partitions of a topic from their leader. The library shuffles them, so that a
 * busy partition does not always take the byte budget first.
 */
export async function fetchFrom(
  leader: BrokerHandle,
  topic: string,
  positions: ReadonlyMap<number, bigint>,
  maxWaitMs: number,
): Promise<readonly Fetched[]> {
  const answer = await leader.fetch(fetchRequest(topic, positions, maxWaitMs))
  return answer.responses
    .flatMap((response) => response.partitions)
    .map((part) => fetchedOf(topic, part, positions.get(part.partition) ?? 0n))
}

function fetchRequest(
  topic: string,
  positions: ReadonlyMap<number, bigint>,
  maxWaitMs: number,
): FetchRequest {
  const partitions = Array.from(positions, ([partition, position]) => ({
    partition,
    fetchOffset: position.toString(),
    maxBytes: PARTITION_BYTES_MAX,
  }))
  return {
    isolationLevel: READ_UNCOMMITTED,
    maxWaitTime: maxWaitMs,
    minBytes: 1,
    maxBytes: RESPONSE_BYTES_MAX,
    topics: [{ topic, partitions }],
  }
}

function fetchedOf(topic: string, part: FetchedPartition, position: bigint): Fetched {
  const last = part.messages.at(-1)
  const batchEnd = last ? endOfBatch(last) : position
  return {
    partition: part.partition,
    // The leader answers with whole batches: the first may begin before the position.
    records: part.messages
      .filter((message) => !message.isControlRecord && BigInt(message.offset) >= position)
      .map((message) => recordOf(topic, part.partition, message)),
    next: batchEnd > position ? batchEnd : position,
    end: BigInt(part.highWatermark),
    leaderEpoch: last?.batchContext.partitionLeaderEpoch ?? null,
  }
}

function endOfBatch({ batchContext }: FetchedMessage): bigint {
  return BigInt(batchContext.firstOffset) + BigInt(batchContext.lastOffsetDelta) + 1n
}

function recordOf(topic: string, partition: number, message: FetchedMessage): LogRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    appendedAtMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: Object.fromEntries(
      Object.entries(message.headers).map(([name, value]) => [name, lastValue(value)]),
    ),
  }
}

type HeaderValue = FetchedMessage['headers'][string]

/** A header without a value counts as empty; of a repeated name the last one counts. */
function lastValue(value: HeaderValue | undefined): Uint8Array {
  const last = Array.isArray(value) ? (value as readonly (Buffer | null)[]).at(-1) : value
  return (last as Buffer | null | undefined) ?? new Uint8Array(0)
}

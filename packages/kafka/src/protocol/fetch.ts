import type { LogRecord } from '@freshet/wire'
import {
  errorOfCode,
  requests,
  type BrokerHandle,
  type FetchRequest,
  type ProtocolRequest,
} from '../client/internals.ts'
import { ByteReader } from './byte-reader.ts'
import { decodeBatches } from './record-batches.ts'

/** The time for which the leader holds a fetch without new records. It does not delay new records. */
export const FETCH_WAIT_MS = 500
/** Half of the largest batch of our publishers. A larger batch still comes, alone. */
const PARTITION_BYTES_MAX = 262_144
/**
 * The most bytes of an answer, for all partitions together. An answer is in memory twice while it is read,
 * and its records are there as objects. A larger limit would make a starting edge larger for good, and hardly
 * faster.
 */
const RESPONSE_BYTES_MAX = 2 * PARTITION_BYTES_MAX

/** The version whose answer `readFetchAnswer` reads. Every broker from 2.3 on accepts it. */
export const FETCH_VERSION = 11

/**
 * Readers ignore transactions. An open transaction of some writer must not delay them, and every reader of a
 * topic must get the same records at the same offsets.
 */
const READ_UNCOMMITTED = 0

/** The decoded answer of a leader for one partition. */
export interface Fetched {
  readonly partition: number
  readonly records: readonly LogRecord[]
  /** The offset of the next fetch. It is after the last batch, even if that had no records for us. */
  readonly next: bigint
  /** The broker's high watermark. */
  readonly end: bigint
  /** The leader epoch of the last batch, or `null` without a batch. */
  readonly leaderEpoch: number | null
}

/** A broker's refusal of one partition, with the members of the library's own error. */
interface PartitionRefusal extends Error {
  readonly topic: string
  readonly partition: number
}

/** The next offset to read, by partition. */
export type Positions = ReadonlyMap<number, bigint>

/** A leader's answer to one fetch. Its records are not decoded yet. */
export type Answered = readonly AnsweredPartition[]

/** Fetches some partitions of a topic once from their leader. */
export async function fetchFrom(
  leader: BrokerHandle,
  topic: string,
  positions: Positions,
  maxWaitMs: number,
): Promise<readonly Fetched[]> {
  return readAnswered(await ask(leader, topic, positions, maxWaitMs), positions)
}

/** Does the same without decoding the records; `readAnswered` decodes them. */
export async function ask(
  leader: BrokerHandle,
  topic: string,
  positions: Positions,
  maxWaitMs: number,
): Promise<Answered> {
  const answer = await leader.connectionPool.send(fetchOf(topic, positions, maxWaitMs))
  return answer.partitions
}

/** Decodes the records of an answer to a fetch from these positions. */
export function readAnswered(
  answered: Answered,
  positions: Positions,
): Promise<readonly Fetched[]> {
  return Promise.all(answered.map((part) => fetchedOf(part, positions.get(part.partition) ?? 0n)))
}

type Answer = ReturnType<typeof readFetchAnswer> & { readonly clientSideThrottleTime: number }

/** Returns the library's request with this package's own decoder for the answer. */
function fetchOf(topic: string, positions: Positions, maxWaitMs: number): ProtocolRequest<Answer> {
  const make = requests.Fetch.protocol({ version: FETCH_VERSION })
  const protocol = make({ ...fetchRequest(topic, positions, maxWaitMs), rackId: '' })
  return {
    ...protocol,
    response: {
      decode: (payload) => {
        const answer = readFetchAnswer(payload)
        return Promise.resolve({ ...answer, clientSideThrottleTime: answer.throttleMs })
      },
      parse: (answer) => {
        const refused = answer.partitions.find(({ errorCode }) => errorCode !== 0)
        return refused === undefined ? Promise.resolve(answer) : Promise.reject(refusalOf(refused))
      },
    },
  }
}

function refusalOf({ errorCode, topic, partition }: AnsweredPartition): PartitionRefusal {
  return Object.assign(errorOfCode(errorCode), { topic, partition })
}

function fetchRequest(topic: string, positions: Positions, maxWaitMs: number): FetchRequest {
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
    topics: [{ topic, partitions: rotated(partitions) }],
  }
}

/** Rotates the order of partitions with each request: the first one uses the byte budget first (KIP-74). */
function rotated<T>(partitions: readonly T[]): readonly T[] {
  const start = Math.floor(Math.random() * partitions.length)
  return [...partitions.slice(start), ...partitions.slice(0, start)]
}

async function fetchedOf(part: AnsweredPartition, position: bigint): Promise<Fetched> {
  const { topic, partition, end } = part
  const { records, next, leaderEpoch } = await decodeBatches(part.bytes, {
    topic,
    partition,
    from: position,
  })
  return {
    partition,
    records,
    next: next !== null && next > position ? next : position,
    end,
    leaderEpoch,
  }
}

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

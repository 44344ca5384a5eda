import type { LogRecord } from '@freshet/events'
import { readFetchAnswer, type AnsweredPartition } from './fetch-answer.ts'
import {
  errorOfCode,
  requests,
  type BrokerHandle,
  type FetchRequest,
  type ProtocolRequest,
} from './internals.ts'
import { decodeBatches } from './record-batches.ts'

/** How long the leader holds a fetch while there is nothing new. Adds no delay to new records. */
export const FETCH_WAIT_MS = 500
/** Half of the largest batch that a publisher of ours writes; a larger one still comes, alone. */
const PARTITION_BYTES_MAX = 262_144
/**
 * Of all partitions together. An answer stands in memory twice while it is read, and its records
 * as objects: a larger one makes an edge that starts larger for good, and hardly faster.
 */
const RESPONSE_BYTES_MAX = 2 * PARTITION_BYTES_MAX

/** The version whose answer `readFetchAnswer` reads: every broker from 2.3 on accepts it. */
export const FETCH_VERSION = 11

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

/** A broker's refusal of one partition, with the members that the library's own error has. */
interface PartitionRefusal extends Error {
  readonly topic: string
  readonly partition: number
}

/** Where to read from, by partition. */
export type Positions = ReadonlyMap<number, bigint>

/** What a leader answered to one fetch, its records not read yet. */
export type Answered = readonly AnsweredPartition[]

/** One fetch of some partitions of a topic from their leader. */
export async function fetchFrom(
  leader: BrokerHandle,
  topic: string,
  positions: Positions,
  maxWaitMs: number,
): Promise<readonly Fetched[]> {
  return readAnswered(await ask(leader, topic, positions, maxWaitMs), positions)
}

/** The same up to the answer; `readAnswered` reads its records. */
export async function ask(
  leader: BrokerHandle,
  topic: string,
  positions: Positions,
  maxWaitMs: number,
): Promise<Answered> {
  const answer = await leader.connectionPool.send(fetchOf(topic, positions, maxWaitMs))
  return answer.partitions
}

/** The records of an answer to a fetch from these positions. */
export function readAnswered(
  answered: Answered,
  positions: Positions,
): Promise<readonly Fetched[]> {
  return Promise.all(answered.map((part) => fetchedOf(part, positions.get(part.partition) ?? 0n)))
}

type Answer = ReturnType<typeof readFetchAnswer> & { readonly clientSideThrottleTime: number }

/** The library's request, and our own reading of the answer. */
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

/** Begins elsewhere each time: what comes first takes the byte budget first (KIP-74). */
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

import { invariant } from '@freshet/domain'
import { gather, type Appended, type OutgoingRecord } from '@freshet/events'
import {
  errorOfCode,
  requests,
  type BrokerHandle,
  type ProducedPartition,
  type ProduceRequest,
  type ProduceResponse,
  type ProtocolRequest,
} from './internals.ts'
import { PRODUCE_TIMEOUT_MS } from './settings.ts'

const ACKS_ALL = -1
/** Every broker from 2.1 on accepts it. */
export const PRODUCE_VERSION = 7
/** Partitions of one request. Each is one append of its caller, whose size is bounded there. */
const TOGETHER_MAX = 16
const SUCCESS = 0

/** The records of one append. */
export interface Append {
  readonly topic: string
  readonly partition: number
  readonly records: readonly OutgoingRecord[]
}

/**
 * Appends to partitions that one broker leads; those of one turn of the event loop travel in one
 * request. Each is acknowledged or refused for itself. The broker takes one request of a connection
 * after the other, so none would have been acknowledged sooner alone. A partition must not be
 * appended to again before the answer.
 */
export function appendTo(leader: BrokerHandle): (append: Append) => Promise<Appended> {
  const known = appenders.get(leader)
  if (known !== undefined) return known
  const made = gather((appends: readonly Append[]) => produce(leader, appends), {
    max: TOGETHER_MAX,
  })
  appenders.set(leader, made)
  return made
}

const appenders = new WeakMap<BrokerHandle, (append: Append) => Promise<Appended>>()

async function produce(
  leader: BrokerHandle,
  appends: readonly Append[],
): Promise<readonly Promise<Appended>[]> {
  const { topics } = await leader.connectionPool.send(produceOf(appends))
  return appends.map(async ({ topic, partition }) => {
    const answered = topics.find(({ topicName }) => topicName === topic)
    return appendedOf(answered?.partitions.find((part) => part.partition === partition))
  })
}

function appendedOf(answer: ProducedPartition | undefined): Appended {
  invariant(answer, 'A produce response must name the partition.')
  if (answer.errorCode !== SUCCESS) throw errorOfCode(answer.errorCode)
  return { baseOffset: BigInt(answer.baseOffset), appendedAtMs: Number(answer.logAppendTime) }
}

/** The library's request; its own reading of the answer would fail all for the first refused. */
function produceOf(appends: readonly Append[]): ProtocolRequest<ProduceResponse> {
  const make = requests.Produce.protocol({ version: PRODUCE_VERSION })
  const protocol = make(produceRequest(appends))
  const { decode } = protocol.response
  return { ...protocol, response: { decode, parse: (answer) => Promise.resolve(answer) } }
}

function produceRequest(appends: readonly Append[]): ProduceRequest {
  const topics = [...new Set(appends.map(({ topic }) => topic))]
  const topicData = topics.map((topic) => ({
    topic,
    partitions: appends.filter((append) => append.topic === topic).map(partitionData),
  }))
  return { acks: ACKS_ALL, timeout: PRODUCE_TIMEOUT_MS, topicData }
}

function partitionData({
  partition,
  records,
}: Append): ProduceRequest['topicData'][number]['partitions'][number] {
  const messages = records.map((record) => ({
    key: toBuffer(record.key),
    value: toBuffer(record.value),
    headers: Object.fromEntries(
      Object.entries(record.headers).map(([name, value]) => [name, viewOf(value)]),
    ),
  }))
  return { partition, firstSequence: 0, messages }
}

function toBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : viewOf(bytes)
}

function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

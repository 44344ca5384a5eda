import { invariant } from '@freshet/protocol'
import { gather, type Appended, type OutgoingRecord } from '@freshet/wire'
import {
  errorOfCode,
  requests,
  type BrokerHandle,
  type Encoded,
  type ProducedPartition,
  type ProduceResponse,
  type ProtocolRequest,
} from '../client/internals.ts'
import { PRODUCE_TIMEOUT_MS } from '../client/settings.ts'
import { ByteWriter } from './byte-writer.ts'
import { encodeBatch } from './encode-batch.ts'

/** Every broker from 2.1 on accepts it. */
export const PRODUCE_VERSION = 7
/** The most partitions of one request. Each is one append, and its caller limits the size. */
const COALESCED_MAX = 16
const SUCCESS = 0

/**
 * Returns a function that appends to the partitions that one broker leads. Appends that wait for the answer
 * to the previous request share the next one. Each is acknowledged or refused by itself. The broker handles
 * the requests of a connection one after another, so a request of its own would not make an append faster.
 *
 * A caller must wait for the answer before it appends to the same partition again. If a request gets no
 * answer, the appends that wait for it fail with it: its session is closed.
 */
export function appendTo(leader: BrokerHandle): (append: Append) => Promise<Appended> {
  const known = appenders.get(leader)
  if (known !== undefined) return known
  let failure: { readonly error: unknown } | undefined
  const answerAll = async (appends: readonly Append[]): Promise<readonly Promise<Appended>[]> => {
    if (failure !== undefined) throw failure.error
    return await produce(leader, appends).catch((error: unknown) => {
      failure = { error }
      throw error
    })
  }
  const made = gather(answerAll, { max: COALESCED_MAX, callsMax: 1 })
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

/**
 * Returns the library's request with our own bytes, and our own check of the answer. The library's check
 * fails all partitions because of the first refused one.
 */
function produceOf(appends: readonly Append[]): ProtocolRequest<ProduceResponse> {
  const make = requests.Produce.protocol({ version: PRODUCE_VERSION })
  const { request, response } = make({ acks: ACKS_ALL, timeout: PRODUCE_TIMEOUT_MS, topicData: [] })
  const encode = (): Promise<Encoded> => {
    const bytes = encodeProduce(appends)
    return Promise.resolve({ buf: bytes, buffer: bytes })
  }
  const parse = (answer: ProduceResponse): Promise<ProduceResponse> => Promise.resolve(answer)
  return { request: { ...request, encode }, response: { ...response, parse } }
}

/** The answer waits for every in-sync replica. */
const ACKS_ALL = -1
const NO_TRANSACTION = -1

/** The records of one append. */
interface Append {
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

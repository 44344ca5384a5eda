import { invariant } from '@freshet/protocol'
import { gather, type Appended } from '@freshet/wire'
import {
  errorOfCode,
  requests,
  type BrokerHandle,
  type Encoded,
  type ProducedPartition,
  type ProduceResponse,
  type ProtocolRequest,
} from '../client/internals.ts'
import { ACKS_ALL, encodeProduce, type Append } from './encode-produce.ts'
import { PRODUCE_TIMEOUT_MS } from '../client/settings.ts'

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

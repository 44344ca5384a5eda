import { invariant } from '@freshet/domain'
import { gather, type Appended } from '@freshet/events'
import {
  errorOfCode,
  requests,
  type BrokerHandle,
  type Encoded,
  type ProducedPartition,
  type ProduceResponse,
  type ProtocolRequest,
} from './internals.ts'
import { ACKS_ALL, encodeProduce, type Append } from './encode-produce.ts'
import { PRODUCE_TIMEOUT_MS } from './settings.ts'

/** Every broker from 2.1 on accepts it. */
export const PRODUCE_VERSION = 7
/** Partitions of one request. Each is one append of its caller, whose size is bounded there. */
const TOGETHER_MAX = 16
const SUCCESS = 0

/**
 * Appends to partitions that one broker leads; those that wait for the answer to the request before
 * travel in one request. Each is acknowledged or refused for itself. The broker takes one request of a
 * connection after the other, so none would have been acknowledged sooner alone. A partition must not be
 * appended to again before the answer. What waits for a request that is not answered fails with it: its
 * session is given up.
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
  const made = gather(answerAll, { max: TOGETHER_MAX, callsMax: 1 })
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
 * The library's request, our own bytes of it, and our own reading of the answer: the library's would
 * fail all for the first refused.
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

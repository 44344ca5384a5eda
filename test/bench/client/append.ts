import { produceV9, type MessageRecord } from '@platformatic/kafka'
import type { Appended, LogWriter, OutgoingRecord } from '@freshet/wire'
import { toBrokerError } from './broker-error.ts'
import { cluster, leaderIn, type Leaders, type PlatformaticOptions } from './cluster.ts'

const ALL_REPLICAS = -1
/** The time for which the leader can wait for the in-sync replicas. */
const PRODUCE_TIMEOUT_MS = 4_000

/** A writer with connections of its own. */
export interface PlatformaticWriter extends LogWriter {
  readonly close: () => Promise<void>
}

/**
 * Returns a writer that appends the records of each call by one produce request, without idempotence. One request
 * is in flight for each partition. Unlike the writer of `@freshet/kafka`, calls that wait share no request.
 */
export function platformaticWriter(options: PlatformaticOptions): PlatformaticWriter {
  let brokers = cluster(options)
  const known = new Map<string, Leaders>()
  const last = new Map<string, Promise<unknown>>()
  const send = async (
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<Appended> => {
    try {
      const leaders = known.get(topic) ?? (await brokers.leaders(topic))
      known.set(topic, leaders)
      const connection = await brokers.connection(leaderIn(leaders, topic, partition))
      const messages = records.map((record) => messageOf(topic, partition, record))
      const answer = await produceV9.api.async(
        connection,
        ALL_REPLICAS,
        PRODUCE_TIMEOUT_MS,
        messages,
      )
      const [appended] =
        typeof answer === 'boolean' ? [] : (answer.responses[0]?.partitionResponses ?? [])
      return {
        baseOffset: appended?.baseOffset ?? 0n,
        appendedAtMs: Number(appended?.logAppendTimeMs ?? 0n),
      }
    } catch (error) {
      known.delete(topic)
      const failed = brokers
      brokers = cluster(options)
      void failed.close()
      throw toBrokerError(error, `Append to ${topic}`)
    }
  }
  return {
    append(topic, partition, records) {
      const key = `${topic}/${partition}`
      const before = last.get(key) ?? Promise.resolve()
      const sent = before.catch(() => undefined).then(() => send(topic, partition, records))
      last.set(key, sent)
      return sent
    },
    close: () => brokers.close(),
  }
}

function messageOf(topic: string, partition: number, record: OutgoingRecord): MessageRecord {
  const { key, value, headers } = record
  const pairs = Object.entries(headers).map(
    ([name, bytes]) => [Buffer.from(name), bufferOf(bytes)] as const,
  )
  return {
    topic,
    partition,
    ...(key === null ? {} : { key: bufferOf(key) }),
    // The library encodes a value of null, which its type does not have.
    value: (value === null ? null : bufferOf(value)) as Buffer,
    headers: new Map(pairs),
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

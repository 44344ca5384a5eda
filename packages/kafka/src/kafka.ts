import { apiGaps, type ApiGap } from './client/api-coverage.ts'
import type { FreshetError } from '@freshet/protocol'
import { brokerSetting } from './client/broker-setting.ts'
import { clientTrouble } from './errors/client-trouble.ts'
import { kafkaReader, type KafkaReader } from './read/reader.ts'
import { quietRequestQueue } from './client/request-queue-shim.ts'
import { sessionOpener, type SessionOpener } from './client/session.ts'
import type { KafkaOptions } from './client/settings.ts'
import { shareTimeoutChecks } from './client/timeout-checks.ts'
import { kafkaTopics, type KafkaTopics } from './topics/topics.ts'
import { kafkaWriter, type KafkaWriter } from './write/writer.ts'

/** The Kafka client of one process. It connects only when it is used. */
export interface Kafka {
  /** A writer with connections of its own. Appends to different partitions share them. */
  writer(): KafkaWriter
  /** A reader with connections of its own. Each `follow` adds connections, too. */
  reader(): KafkaReader
  readonly topics: KafkaTopics
  /**
   * Returns the APIs in which broker and client have no common version. An empty list means that all is well.
   *
   * @throws `broker.*`, also the error that `trouble` returns; `config.invalid` if the address is a
   *   controller's
   */
  check(): Promise<readonly ApiGap[]>
  /**
   * Returns a setting of the brokers, from one that answers, or `undefined` if it has none of that name.
   *
   * @throws `broker.denied` without the right DescribeConfigs on the cluster; other `broker.*`
   */
  brokerSetting(name: string): Promise<string | undefined>
  /**
   * Returns the present trouble of this client, if a person must end it: `broker.tls`,
   * `broker.unauthenticated`, `broker.denied` or `topic.compressed`. It occurred within the last 30 s, and no
   * later success ended it.
   */
  trouble(): FreshetError | undefined
  /**
   * Closes every reader and writer of this client. After that, nothing of this package keeps the process
   * alive.
   */
  close(): Promise<void>
}

/** Creates the Kafka client of a process. */
export function createKafka(given: KafkaOptions): Kafka {
  quietRequestQueue()
  shareTimeoutChecks()
  const trouble = clientTrouble(given)
  const options = { ...given, log: trouble.log }
  const open = sessionOpener(options, trouble)
  const parts = new Set<Closable>()
  const onGap = (topic: string, partition: number, offset: bigint): void =>
    options.log?.({ level: 'warn', message: `${topic}/${partition} has no record at ${offset}` })
  return {
    writer: () => keep(parts, kafkaWriter(open)),
    reader: () => keep(parts, kafkaReader(open, onGap)),
    topics: kafkaTopics(options, open),
    check: () => checkVersions(open),
    brokerSetting: (name) => brokerSetting(open, name),
    trouble: trouble.current,
    async close() {
      await Promise.all([...parts].map((part) => part.close()))
    },
  }
}

interface Closable {
  close(): Promise<void>
}

/** Remembers a part until its owner closes it or the client closes all parts. */
function keep<T extends Closable>(parts: Set<Closable>, part: T): T {
  const kept = {
    ...part,
    async close() {
      parts.delete(kept)
      await part.close()
    },
  }
  parts.add(kept)
  return kept
}

const CHECK = 'Ask the broker for its versions'

async function checkVersions(open: SessionOpener): Promise<readonly ApiGap[]> {
  const session = open()
  try {
    await session.cluster.connect()
    await session.cluster.refreshMetadata()
    const broker = await session.cluster.brokerPool.findConnectedBroker()
    const gaps = apiGaps(await broker.apiVersions())
    open.trouble.succeeded(CHECK)
    const current = open.trouble.current()
    if (current !== undefined) throw current
    return gaps
  } catch (error) {
    throw open.trouble.classify(error, CHECK)
  } finally {
    await session.close()
  }
}

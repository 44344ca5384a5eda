import type { FreshetError } from '@freshet/protocol'
import type { LogWriter } from '@freshet/wire'
import { apiKeys, requests, type BrokerVersions } from './client/internals.ts'
import { leaderOf, loadTopic } from './client/leaders.ts'
import { quietRequestQueue } from './client/request-queue-shim.ts'
import { sessionOpener, type SessionOpener } from './client/session.ts'
import type { KafkaOptions } from './client/settings.ts'
import { sharedSession } from './client/shared-session.ts'
import { shareTimeoutChecks } from './client/timeout-checks.ts'
import { clientTrouble } from './errors/client-trouble.ts'
import { FETCH_VERSION } from './protocol/fetch.ts'
import { METADATA_VERSION } from './protocol/metadata.ts'
import { PRODUCE_VERSION, appendTo } from './protocol/produce.ts'
import { kafkaReader, type KafkaReader } from './read/reader.ts'
import { kafkaTopics, type KafkaTopics } from './topics/topics.ts'
import { appendGroups } from './write/append-groups.ts'

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

/** The number by which kafkajs names a broker among the resources that have a configuration. */
const BROKER_RESOURCE = 4

/** Returns a setting of the brokers, from one that answers. */
async function brokerSetting(open: SessionOpener, name: string): Promise<string | undefined> {
  const attempt = `Read ${name} of a broker`
  const session = open()
  try {
    await session.cluster.connect()
    await session.cluster.refreshMetadata()
    const broker = await session.cluster.brokerPool.findConnectedBroker()
    const resource = { type: BROKER_RESOURCE, name: String(broker.nodeId), configNames: [name] }
    const { resources } = await broker.describeConfigs({ resources: [resource] })
    const entries = resources.flatMap(({ configEntries }) => configEntries)
    return entries.find(({ configName }) => configName === name)?.configValue
  } catch (error) {
    throw open.trouble.classify(error, attempt)
  } finally {
    await session.close()
  }
}

/** An API of the broker that this client cannot use. */
export interface ApiGap {
  readonly api: string
  readonly sent: number
  readonly accepted: string
}

/** The requests that the reader, the writer and the topic administration send. */
const usedApis = [
  'Produce',
  'Fetch',
  'ListOffsets',
  'Metadata',
  'ApiVersions',
  'CreateTopics',
  'DeleteTopics',
  'DeleteRecords',
  'DescribeConfigs',
] as const

/** This package reads the answers to these requests itself, so it sends them in one version only. */
const fixedVersions: Readonly<Record<string, number>> = {
  Produce: PRODUCE_VERSION,
  Fetch: FETCH_VERSION,
  Metadata: METADATA_VERSION,
}

/**
 * Returns the APIs that this client uses and whose version to be sent the broker does not accept.
 *
 * The library looks only at the highest version of the broker. A broker without the old versions would answer
 * with an error that names no API.
 */
export function apiGaps(broker: BrokerVersions): readonly ApiGap[] {
  return usedApis.flatMap((api) => {
    const accepted = broker[apiKeys[api] ?? -1]
    const highest = Math.max(...(requests[api]?.versions ?? []).map(Number))
    if (!accepted) return [{ api, sent: highest, accepted: 'none' }]
    const { minVersion, maxVersion } = accepted
    const sent = fixedVersions[api] ?? Math.min(highest, maxVersion)
    const isAccepted = sent >= minVersion && sent <= maxVersion
    return isAccepted ? [] : [{ api, sent, accepted: `${minVersion}-${maxVersion}` }]
  })
}

/** A writer with connections of its own. */
export interface KafkaWriter extends LogWriter {
  close(): Promise<void>
}

/**
 * Returns a writer that appends the records of each call by one produce request. Calls that wait in the
 * meantime share a request, also those of other partitions. The writer never resends records whose outcome is
 * unknown.
 *
 * The writer is not idempotent and not transactional on purpose. In kafkajs 2.2.4 an idempotent producer with
 * overlapping sends can acknowledge a record that was never appended. The caller must repeat failed appends,
 * because only the caller knows whether a repeat is harmless.
 */
function kafkaWriter(open: SessionOpener): KafkaWriter {
  const sessions = sharedSession(open)
  const append = appendGroups((topic, partition, records) =>
    sessions
      .use(async (session) => {
        await loadTopic(session, topic)
        const leader = await leaderOf(session, topic, partition)
        const appended = await appendTo(leader)({ topic, partition, records })
        open.trouble.succeeded(`Append to ${topic}`)
        return appended
      })
      .catch((error: unknown) => {
        throw open.trouble.classify(error, `Append to ${topic}`)
      }),
  )
  return { append, close: () => sessions.close() }
}

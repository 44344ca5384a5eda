import type { ClientTrouble } from '../errors/client-trouble.ts'
import { errorOfCode } from '../client/internals.ts'
import type { TopicMetadata } from '../protocol/cluster-metadata.ts'
import { readMetadata } from '../protocol/metadata.ts'
import type { BrokerSession } from '../client/session.ts'
import type { FoundTopic } from './topic-differences.ts'

/** The number by which kafkajs names a topic among the resources that have a configuration. */
const TOPIC_RESOURCE = 2
/** The broker's code for a missing topic, or for one that this client is not allowed to list. */
const UNKNOWN_TOPIC = 3

/**
 * Returns the topics of these names that exist, from the brokers. A partition without a leader hides nothing.
 *
 * @throws `broker.denied` naming the topic; `broker.unavailable`
 */
export async function describeTopics(
  { cluster }: BrokerSession,
  names: readonly string[],
  trouble: ClientTrouble,
): Promise<readonly FoundTopic[]> {
  await cluster.connect()
  await cluster.refreshMetadata()
  const broker = await cluster.brokerPool.findConnectedBroker()
  const { topicMetadata } = await readMetadata(broker, names)
  for (const { topic, topicErrorCode } of topicMetadata.filter(isRefused))
    throw trouble.classify(errorOfCode(topicErrorCode), `Verify ${topic}`)
  const found = topicMetadata.filter(({ topicErrorCode }) => topicErrorCode === 0)
  if (found.length === 0) return []
  const present = found.map(({ topic }) => topic)
  const resources = present.map((name) => ({ type: TOPIC_RESOURCE, name }))
  const answer = await broker.describeConfigs({ resources }).catch((error: unknown) => {
    throw trouble.classify(error, `Verify ${present.join(', ')}`)
  })
  const configs = new Map(
    answer.resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(
        configEntries.map(({ configName, configValue }) => [configName, configValue]),
      ),
    ]),
  )
  return found.map(({ topic, partitionMetadata }) => ({
    name: topic,
    partitions: partitionMetadata.length,
    replication: partitionMetadata[0]?.replicas.length ?? 0,
    config: configs.get(topic) ?? {},
  }))
}

function isRefused({ topicErrorCode }: TopicMetadata): boolean {
  return topicErrorCode !== 0 && topicErrorCode !== UNKNOWN_TOPIC
}

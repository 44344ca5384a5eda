import { PARTITIONS } from '@freshet/domain'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC } from '@freshet/events'
import { topicMismatch } from './topic-differences.ts'
import type { KafkaTopics } from './topics.ts'

/** Without these, records would be lost to compaction, or told by the clock of whoever wrote them. */
const config = { 'cleanup.policy': 'delete', 'message.timestamp.type': 'LogAppendTime' }

/**
 * For a service that starts: passes only if the topics of changes and of revocations are there,
 * with the partitions and settings that correctness rests on. `freshet topic verify` compares
 * everything that is planned.
 *
 * @throws `topic.mismatch` naming every difference; `broker.unavailable`
 */
export async function requireTopics(topics: Pick<KafkaTopics, 'verify'>): Promise<void> {
  const plans = [CHANGES_TOPIC, REVOCATIONS_TOPIC].map((name) => ({
    name,
    partitions: PARTITIONS.length,
    replication: 1,
    config,
  }))
  const differences = (await topics.verify(plans)).filter(
    ({ setting }) => setting !== 'replication',
  )
  if (differences.length > 0) throw topicMismatch(differences)
}

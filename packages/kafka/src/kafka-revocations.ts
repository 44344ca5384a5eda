import type { RevocationFeed } from '@freshet/edge'
import { createKafka } from './kafka.ts'
import type { KafkaOptions } from './settings.ts'

/**
 * The revocation feed of an edge on Kafka: reads the revocation topic without a consumer group and
 * reports to the report topic. It has sockets of its own; the edge closes it with itself.
 *
 * `clientId` defaults to `freshet-edge`.
 */
export function kafkaRevocations(
  options: Omit<KafkaOptions, 'clientId'> & Partial<Pick<KafkaOptions, 'clientId'>>,
): RevocationFeed {
  const kafka = createKafka({ clientId: 'freshet-edge', ...options })
  return { reader: kafka.reader(), reports: kafka.writer(), close: () => kafka.close() }
}

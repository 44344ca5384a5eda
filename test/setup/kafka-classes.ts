import { resolveClasspath } from '@freshet/local-kafka'
import { archiveFlags } from '../../infra/kafka/src/class-archive.ts'
import type { KafkaClasses } from '../../infra/kafka/src/java.ts'

/**
 * Returns the classes for Kafka's own tools, as a running broker has them: from the archive that it was
 * started from, so that Java starts in half of the processor time.
 */
export async function kafkaClasses(): Promise<KafkaClasses> {
  const classpath = await resolveClasspath()
  const makeNone = (): Promise<void> =>
    Promise.reject(new Error('The first broker makes the archive.'))
  return { classpath, flags: await archiveFlags(classpath, makeNone) }
}

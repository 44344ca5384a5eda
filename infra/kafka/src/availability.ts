import { javaMajor, outputOf } from '@freshet/owned-dir'

const JAVA_MIN = 17

/** The availability of Kafka here, and if there is none, the one thing to install. */
export type KafkaAvailability =
  | { readonly available: true; readonly by: 'KAFKA_BROKERS' | 'jars' }
  | { readonly available: false; readonly missing: string }

/**
 * Looks for `KAFKA_BROKERS`, else for Java 17 or newer and Maven. Starts nothing and downloads nothing.
 */
export async function kafkaAvailability(
  env: NodeJS.ProcessEnv = process.env,
): Promise<KafkaAvailability> {
  if (env['KAFKA_BROKERS']) return { available: true, by: 'KAFKA_BROKERS' }
  const java = javaMajor(await outputOf('java', ['-version'], env))
  if (java === null || java < JAVA_MIN) {
    return { available: false, missing: `Java ${JAVA_MIN} or newer` }
  }
  if ((await outputOf('mvn', ['--version'], env)) === null) {
    return { available: false, missing: 'Maven (mvn)' }
  }
  return { available: true, by: 'jars' }
}

import type { Kafka, KafkaOptions } from '@freshet/kafka'
import { requireStack } from './context.ts'
import type { Shell } from './shell.ts'

/** A connection to Kafka, and whether one broker serves, so that topics have one replica. */
export interface UsedKafka {
  readonly kafka: Kafka
  readonly brokers: readonly string[]
  readonly development: boolean
}

/**
 * Runs one piece of work on the Kafka that the environment names, else on that of the running stack.
 *
 * @throws `config.invalid` for an environment that cannot be used; `CliError` where there is none
 */
export async function withKafka<T>(
  shell: Shell,
  work: (used: UsedKafka) => Promise<T>,
): Promise<T> {
  const ended = new AbortController()
  const development = !shell.env['KAFKA_BROKERS']
  const { createKafka } = await import('@freshet/kafka')
  const access = development
    ? { brokers: (await requireStack(shell)).kafka.brokers }
    : await namedAccess(shell, ended.signal)
  const kafka = createKafka({ ...access, clientId: 'freshet-cli' })
  try {
    return await work({ kafka, brokers: access.brokers, development })
  } finally {
    ended.abort()
    await kafka.close()
  }
}

const ignore = (): void => undefined

/** The Kafka that `KAFKA_BROKERS` names. Its files are read again until the signal aborts. */
export async function namedAccess(
  shell: Pick<Shell, 'env'>,
  signal: AbortSignal,
): Promise<Omit<KafkaOptions, 'clientId'>> {
  const { kafkaAccess, readKafkaSettings } = await import('@freshet/kafka/environment')
  const { systemClock } = await import('@freshet/runtime')
  const logger = { info: ignore, warn: ignore, error: ignore }
  return kafkaAccess(readKafkaSettings(shell.env), { timer: systemClock, logger, signal })
}

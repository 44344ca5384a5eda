import { startKafka, type LocalKafka, type StartOptions } from './local-kafka.ts'

/**
 * The Kafka that `KAFKA_BROKERS` names, if set; otherwise a local one is started.
 *
 * An external Kafka is neither stopped nor restarted by its handle.
 *
 * @throws Error when a local broker is needed and does not come up
 */
export async function provideKafka(
  options: StartOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<LocalKafka> {
  const named = env['KAFKA_BROKERS']
  return named ? externalKafka(named) : await startKafka(options)
}

function externalKafka(named: string): LocalKafka {
  const notOurs = (): never => {
    throw new Error('KAFKA_BROKERS names an external Kafka: it is not ours to signal')
  }
  const refuse = (what: string): Promise<never> =>
    Promise.reject(new Error(`KAFKA_BROKERS names an external Kafka: ${what}`))
  return {
    kind: 'external',
    brokers: named
      .split(',')
      .map((address) => address.trim())
      .filter((address) => address !== ''),
    listeners: {},
    pid: null,
    dir: null,
    classpath: null,
    javaTool: () => refuse('there are no local tools'),
    restart: () => refuse('it is not ours to restart'),
    end: () => refuse('it is not ours to end'),
    start: () => refuse('it is not ours to start'),
    signal: notOurs,
    stop: () => Promise.resolve(),
  }
}

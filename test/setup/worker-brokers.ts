import { kafkaAvailability, startKafka } from '@freshet/local-kafka'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of each worker of the project its own broker, or null where none can be had. */
    workerBrokers: readonly (readonly string[])[] | null
  }
}

/**
 * Starts a real Kafka for each worker: a stack's topics have fixed names, so at most one stack may
 * use a broker at a time. Never the one of `KAFKA_BROKERS`, for every topic in it would be deleted.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { KAFKA_BROKERS: _, ...env } = process.env
  const availability = await kafkaAvailability(env)
  if (!availability.available) {
    if (env['CI']) throw new Error(`The stacks need ${availability.missing}.`)
    process.stderr.write(`Stacks need ${availability.missing}; they do not run.\n`)
    project.provide('workerBrokers', null)
    return async () => {}
  }
  const count = project.config.maxWorkers
  const starts = Array.from({ length: count }, () => startKafka())
  const brokers = await Promise.all(starts)
  project.provide(
    'workerBrokers',
    brokers.map((kafka) => kafka.brokers),
  )
  return async () => {
    await Promise.all(brokers.map((kafka) => kafka.stop()))
  }
}

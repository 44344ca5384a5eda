import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaAvailability, startKafka } from '@freshet/local-kafka'
import type { TestProject } from 'vitest/node'

/** As many brokers as stacks run at once, and the folder in which each is locked by its number. */
export interface StackBrokers {
  readonly brokers: readonly (readonly string[])[]
  readonly locks: string
}

declare module 'vitest' {
  export interface ProvidedContext {
    /** Null if there are none. */
    stackBrokers: StackBrokers | null
  }
}

/**
 * Starts a real Kafka for each stack that can run at once. Topics have fixed names, so only one stack uses a
 * broker at a time. It never uses the one of `KAFKA_BROKERS`, because every topic in it would be deleted.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { KAFKA_BROKERS: _, ...env } = process.env
  const availability = await kafkaAvailability(env)
  if (!availability.available) {
    if (env['CI']) throw new Error(`The stacks need ${availability.missing}.`)
    process.stderr.write(`Stacks need ${availability.missing}; they do not run.\n`)
    project.provide('stackBrokers', null)
    return async () => {}
  }
  const count = project.config.maxWorkers
  const starts = Array.from({ length: count }, () => startKafka())
  const brokers = await Promise.all(starts)
  const locks = await mkdtemp(join(tmpdir(), 'freshet-brokers-'))
  project.provide('stackBrokers', { brokers: brokers.map((kafka) => kafka.brokers), locks })
  return async () => {
    await Promise.all(brokers.map((kafka) => kafka.stop()))
    await rm(locks, { recursive: true, force: true })
  }
}

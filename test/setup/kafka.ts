import { kafkaAvailability, provideKafka } from '@freshet/local-kafka'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Brokers of a Kafka for the suite, or null if there are none. */
    kafkaBrokers: readonly string[] | null
  }
}

/**
 * Starts one real Kafka for all suites of the project, or uses the one of `KAFKA_BROKERS`. Returns the
 * function that stops it; the module keeps no state, because two projects can share it.
 *
 * If the start fails, the run fails. Only on a developer's machine without Java or Maven are these suites
 * skipped, with a message.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const availability = await kafkaAvailability()
  if (!availability.available) {
    const text = `Kafka suites need ${availability.missing}`
    if (process.env['CI']) throw new Error(text)
    process.stderr.write(`${text}; they do not run.\n`)
    project.provide('kafkaBrokers', null)
    return async () => {}
  }
  const kafka = await provideKafka({ onProgress: (line) => process.stderr.write(`${line}\n`) })
  project.provide('kafkaBrokers', kafka.brokers)
  return () => kafka.stop()
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaAvailability, startKafka } from '@freshet/local-kafka'
import type { TestProject } from 'vitest/node'
import { testAuthority } from '../setup/certificates.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The listener with TLS and SCRAM of the broker for the newest kafkajs, or null if it does not run. */
    securedListener: SecuredListener | null
  }
}

/** The address of a listener with TLS and SCRAM, and what a client needs for it. */
export interface SecuredListener {
  readonly brokers: readonly string[]
  readonly ca: string
  readonly username: string
  readonly password: string
}

const LOGIN = { username: 'reader', password: 'reader-1' }

/** Starts one broker with a plain listener and one with TLS and SCRAM. Returns the function that stops it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const availability = await kafkaAvailability()
  if (!availability.available) {
    if (process.env['CI']) throw new Error(`Kafka suites need ${availability.missing}`)
    project.provide('kafkaBrokers', null)
    project.provide('securedListener', null)
    return async () => {}
  }
  const dir = await mkdtemp(join(tmpdir(), 'freshet-kafkajs-next-'))
  const authority = testAuthority('Freshet test CA')
  const server = authority.issue({ commonName: 'broker', addresses: ['127.0.0.1'] })
  await writeFile(join(dir, 'broker.pem'), server.key + server.cert)
  const kafka = await startKafka({
    listeners: { SCRAM: 'SASL_SSL' },
    users: { [LOGIN.username]: LOGIN.password },
    settings: {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': join(dir, 'broker.pem'),
      'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.scram.scram-sha-512.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    },
  })
  const brokers = [kafka.listeners['SCRAM'] ?? '']
  project.provide('kafkaBrokers', kafka.brokers)
  project.provide('securedListener', { brokers, ca: authority.ca, ...LOGIN })
  return async () => {
    await kafka.stop()
    await rm(dir, { recursive: true })
  }
}

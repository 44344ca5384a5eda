import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kafkaAvailability, startKafka } from '@freshet/local-kafka'
import type { TestProject } from 'vitest/node'
import {
  startTokenEndpoint,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  TOKEN_SECRET,
  type TokenEndpoint,
} from '../secured/token-endpoint.ts'
import { testAuthority } from '../setup/certificates.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The listeners with TLS of the broker for other clients than the pinned kafkajs, or null if it does not run. */
    securedListener: SecuredListener | null
  }
}

/** The address of a listener with TLS and SCRAM, and what a client needs for it. */
export interface SecuredListener {
  readonly brokers: readonly string[]
  readonly ca: string
  readonly username: string
  readonly password: string
  /** The listener of OAUTHBEARER, a token for it, and one for another audience. */
  readonly tokens: {
    readonly brokers: readonly string[]
    readonly good: string
    readonly bad: string
  }
}

/** The tokens outlive the suites, on a slow machine too. */
const TOKEN_LIFE_S = 3_600
const LOGIN = { username: 'reader', password: 'reader-1' }

/** Starts one broker with a plain listener, and two with TLS. Returns the function that stops it. */
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
  await using endpoint = await startTokenEndpoint()
  const keys = join(dir, 'jwks.json')
  await writeFile(keys, endpoint.jwks)
  const kafka = await startKafka({
    listeners: { SCRAM: 'SASL_SSL', TOKENS: 'SASL_SSL' },
    users: { [LOGIN.username]: LOGIN.password },
    settings: { ...settingsIn(dir), ...tokenSettings(keys) },
    vmFlags: [
      `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://${keys}`,
      `-Dorg.apache.kafka.sasl.oauthbearer.allowed.files=${keys}`,
    ],
  })
  const tokens = {
    brokers: [kafka.listeners['TOKENS'] ?? ''],
    good: await tokenOf(endpoint, TOKEN_AUDIENCE),
    bad: await tokenOf(endpoint, 'another'),
  }
  const brokers = [kafka.listeners['SCRAM'] ?? '']
  project.provide('kafkaBrokers', kafka.brokers)
  project.provide('securedListener', { brokers, ca: authority.ca, ...LOGIN, tokens })
  return async () => {
    await kafka.stop()
    await rm(dir, { recursive: true })
  }
}

function settingsIn(dir: string): Readonly<Record<string, string>> {
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(dir, 'broker.pem'),
    'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.scram.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  }
}

function tokenSettings(keys: string): Readonly<Record<string, string>> {
  const security = 'org.apache.kafka.common.security.oauthbearer'
  return {
    'listener.name.tokens.sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.tokens.oauthbearer.sasl.jaas.config': `${security}.OAuthBearerLoginModule required;`,
    'listener.name.tokens.oauthbearer.sasl.server.callback.handler.class': `${security}.OAuthBearerValidatorCallbackHandler`,
    'sasl.oauthbearer.jwks.endpoint.url': `file://${keys}`,
    'sasl.oauthbearer.expected.issuer': TOKEN_ISSUER,
    'sasl.oauthbearer.expected.audience': TOKEN_AUDIENCE,
  }
}

async function tokenOf({ url, terms }: TokenEndpoint, audience: string): Promise<string> {
  Object.assign(terms, { audience, lifeS: TOKEN_LIFE_S })
  const authorization = `Basic ${Buffer.from(`edge:${TOKEN_SECRET}`).toString('base64')}`
  const answer = await fetch(url, { method: 'POST', headers: { authorization } })
  return ((await answer.json()) as { readonly access_token: string }).access_token
}

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKafka, kafkaRevocations, type Kafka } from '@freshet/kafka'
import { kafkaAccess, readKafkaSettings } from '@freshet/kafka/environment'
import { startKafka, type LocalKafka } from '@freshet/local-kafka'
import { systemClock } from '@freshet/runtime'
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  inject,
  it,
  vi,
} from 'vitest'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { freeEndpoints } from '../../packages/cli/src/stack/stack.ts'
import { prepareWorkspace } from '../../packages/cli/src/stack/workspace.ts'
import { testAuthority } from '../setup/certificates.ts'
import { recordingLogger } from '../setup/recording-logger.ts'
import { startSidecar } from './sidecar.ts'
import {
  startTokenEndpoint,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  TOKEN_SECRET,
  type TokenEndpoint,
} from './token-endpoint.ts'

const TOPIC = 'freshet.revocations.v1'
/** The broker ends the session of a connection after this time, and at the end of its token. */
const SESSION_MS = 20_000
/** The shortest life of a token that a client accepts, and a second. */
const SHORT_LIFE_S = 16
const PAST_S = -600
/** Credentials of AWS that no broker here knows. */
const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'rustle' }
const HEALS = { timeout: 60_000 }
const RECORD = { key: null, value: Buffer.from('{}'), headers: {} }

describe.runIf(inject('kafkaBrokers') !== null)(
  'a broker that authenticates by signed tokens',
  () => {
    let dir: string
    let endpoint: TokenEndpoint
    let broker: LocalKafka
    let ended: AbortController
    let logged: string[]
    let opened: Kafka[]

    beforeAll(async () => {
      dir = await mkdtemp(join(tmpdir(), 'freshet-oauthbearer-'))
      endpoint = await startTokenEndpoint()
      const authority = testAuthority('Freshet test CA')
      const server = authority.issue({ commonName: 'broker', addresses: ['127.0.0.1'] })
      await writeFile(join(dir, 'broker.pem'), server.key + server.cert)
      await writeFile(join(dir, 'ca.pem'), authority.ca)
      await writeFile(join(dir, 'jwks.json'), endpoint.jwks)
      const keys = join(dir, 'jwks.json')
      broker = await startKafka({
        listeners: { TOKENS: 'SASL_SSL' },
        settings: settingsIn(dir),
        vmFlags: [
          `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=file://${keys}`,
          `-Dorg.apache.kafka.sasl.oauthbearer.allowed.files=${keys}`,
        ],
      })
    }, 120_000)
    afterAll(async () => {
      await broker?.stop()
      await endpoint?.[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true })
    })
    beforeEach(() => {
      ended = new AbortController()
      logged = []
      opened = []
      Object.assign(endpoint.terms, { lifeS: 300, audience: TOKEN_AUDIENCE })
    })
    afterEach(async () => {
      ended.abort()
      await Promise.all(opened.map((kafka) => kafka.close()))
    })

    const environment = (client = 'edge', secret = TOKEN_SECRET) => ({
      KAFKA_BROKERS: broker.listeners['TOKENS'] ?? '',
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA_FILE: join(dir, 'ca.pem'),
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_SASL_TOKEN_URL: endpoint.url,
      KAFKA_SASL_CLIENT_ID: client,
      KAFKA_SASL_CLIENT_SECRET: secret,
    })

    /** Opens a client as a service does, and counts its connections: the function `tls` is called for each. */
    function open(env: Readonly<Record<string, string>> = environment()) {
      const parts = { timer: systemClock, logger: recordingLogger(logged), signal: ended.signal }
      const access = kafkaAccess(readKafkaSettings(env), parts)
      let connections = 0
      const tls = () => {
        connections += 1
        return access.tls?.() ?? {}
      }
      const kafka = createKafka({ ...access, tls, clientId: 'freshet-test' })
      opened.push(kafka)
      const [writer, reader] = [kafka.writer(), kafka.reader()]
      const append = () => writer.append(TOPIC, 1, [RECORD])
      const read = () => reader.read(TOPIC, 1, 0n, 1)
      return { kafka, append, read, connections: () => connections }
    }

    async function freshet(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
      const shell = recordingShell({ cwd: dir, env })
      const code = await runCommand(args, shell)
      return { code, ...shell.written() }
    }

    it('the command line creates the topics, and a client writes and reads', async () => {
      expect(await freshet(environment(), 'topic', 'apply', '--development')).toMatchObject({
        code: 0,
      })
      const { append, read } = open()
      await append()
      expect(await read()).toHaveLength(1)
      expect(logged).toEqual([])
    })

    it('a connection goes on after its token ended, and no longer without a new one', async () => {
      endpoint.terms.lifeS = SHORT_LIFE_S
      const older = endpoint.endsMs.length
      const { append, read, connections } = open()
      await append()
      await read()
      const before = connections()
      const issued = endpoint.endsMs.length
      const endMs = Math.max(...endpoint.endsMs.slice(older))
      const works = async (): Promise<boolean> => {
        await append()
        await read()
        return Date.now() > endMs + SESSION_MS / 2
      }
      await expect.poll(works, { timeout: 60_000, interval: 200 }).toBe(true)
      expect(endpoint.endsMs.length).toBeGreaterThan(issued)
      expect(connections()).toBe(before)

      await endpoint.end()
      const failure = () => append().then(() => '', String)
      await expect
        .poll(failure, HEALS)
        .toContain(`the token endpoint ${endpoint.url} does not answer`)
      expect(logged.filter((line) => line.includes('no token for the broker'))).toHaveLength(1)
      await endpoint.start()
      await expect.poll(failure, HEALS).toBe('')
    }, 180_000)

    it('a wrong secret is an error that names the token endpoint and not the secret', async () => {
      const { append, kafka } = open(environment('edge', 'rustle'))
      await expect(append()).rejects.toMatchObject({
        code: 'broker.unauthenticated',
        message: expect.stringContaining(
          `the token endpoint ${endpoint.url} refuses client edge (401 invalid_client)`,
        ) as unknown,
      })
      await expect(kafka.check()).rejects.toMatchObject({ code: 'broker.unauthenticated' })
      expect(kafka.trouble()?.code).toBe('broker.unauthenticated')
      expect(logged.filter((line) => line.includes('broker.unauthenticated'))).toHaveLength(1)
      expect(logged.join('')).not.toMatch(/rustle|hush/)
      const env = environment('edge', 'rustle')
      const verified = await freshet(env, 'topic', 'verify', '--development')
      expect(verified).toMatchObject({ code: 5 })
      expect(verified.err).toContain(endpoint.url)
    })

    it('a started sidecar logs the refusal of its client once, and gets a token with the right secret', async () => {
      const stores = { brokers: broker.brokers, databaseUrl: 'postgres://127.0.0.1:1/none' }
      const workspace = await prepareWorkspace(await mkdtemp(join(dir, 'stack-')))
      const secret = join(dir, 'client-secret')
      await writeFile(secret, 'rustle')
      const { KAFKA_SASL_CLIENT_SECRET: _, ...others } = environment()
      const env = { ...others, KAFKA_SASL_CLIENT_SECRET_FILE: secret }
      await using sidecar = await startSidecar({ workspace, at: await freeEndpoints(stores) }, env)
      const refusal = `the token endpoint ${endpoint.url} refuses client edge (401 invalid_client)`
      await expect.poll(() => sidecar.log(), HEALS).toContain(refusal)
      expect(sidecar.log()).not.toMatch(/rustle|hush/)
      const issued = endpoint.endsMs.length
      await writeFile(`${secret}.new`, TOKEN_SECRET)
      await rename(`${secret}.new`, secret)
      await expect.poll(() => endpoint.endsMs.length, HEALS).toBeGreaterThan(issued)
      expect(sidecar.log().split(refusal)).toHaveLength(2)
    }, 180_000)

    it.each([
      ['has ended', { lifeS: PAST_S }],
      ['is for another audience', { audience: 'payments' }],
    ])('a token that %s is refused, and the next good one is accepted', async (_, terms) => {
      Object.assign(endpoint.terms, terms)
      const { append } = open()
      await expect(append()).rejects.toMatchObject({
        code: 'broker.unauthenticated',
        message: expect.stringContaining('the broker refuses the token of edge') as unknown,
      })
      Object.assign(endpoint.terms, { lifeS: 300, audience: TOKEN_AUDIENCE })
      await append()
    })

    it.each([
      ['that the broker refuses', KEYS, 'the broker refuses the token of the credentials of AWS'],
      [
        'without credentials',
        { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nowhere' },
        'there are no credentials of AWS for the broker: CredentialsProviderError',
      ],
    ])(
      'a started sidecar logs a login by IAM %s, and no secret',
      async (_, credentials, text) => {
        const stores = { brokers: broker.brokers, databaseUrl: 'postgres://127.0.0.1:1/none' }
        const workspace = await prepareWorkspace(await mkdtemp(join(dir, 'stack-')))
        const env = {
          KAFKA_BROKERS: broker.listeners['TOKENS'] ?? '',
          KAFKA_TLS: 'true',
          KAFKA_TLS_CA_FILE: join(dir, 'ca.pem'),
          KAFKA_SASL_MECHANISM: 'aws-msk-iam',
          KAFKA_SASL_AWS_REGION: 'eu-central-1',
          ...credentials,
        }
        await using sidecar = await startSidecar(
          { workspace, at: await freeEndpoints(stores) },
          env,
        )
        await expect.poll(() => sidecar.log(), HEALS).toContain(text)
        expect(sidecar.log()).not.toMatch(/rustle|X-Amz/)
      },
      180_000,
    )

    it('the feed of an edge has its connection in the environment alone', async () => {
      await open().append()
      for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value)
      const feed = kafkaRevocations()
      vi.unstubAllEnvs()
      expect(await feed.reader.read(TOPIC, 1, 0n, 1)).toHaveLength(1)
      await feed.close?.()
    })

    it('a client without rights is denied, as the principal of its token', async () => {
      const { append } = open(environment('stranger'))
      await expect(append()).rejects.toMatchObject({
        code: 'broker.denied',
        message: expect.stringContaining('the principal of its token (client stranger)') as unknown,
      })
    })

    it('control: a client without SASL is closed out', async () => {
      const env = Object.entries(environment()).filter(([name]) => !name.includes('SASL'))
      const { append } = open(Object.fromEntries(env))
      await expect(append()).rejects.toMatchObject({ code: 'broker.unauthenticated' })
    })
  },
)

function settingsIn(dir: string): Readonly<Record<string, string>> {
  const security = 'org.apache.kafka.common.security.oauthbearer'
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:ANONYMOUS;User:edge',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(dir, 'broker.pem'),
    'listener.name.tokens.sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.tokens.oauthbearer.sasl.jaas.config': `${security}.OAuthBearerLoginModule required;`,
    'listener.name.tokens.oauthbearer.sasl.server.callback.handler.class': `${security}.OAuthBearerValidatorCallbackHandler`,
    'listener.name.tokens.oauthbearer.connections.max.reauth.ms': String(SESSION_MS),
    'sasl.oauthbearer.jwks.endpoint.url': `file://${join(dir, 'jwks.json')}`,
    'sasl.oauthbearer.expected.issuer': TOKEN_ISSUER,
    'sasl.oauthbearer.expected.audience': TOKEN_AUDIENCE,
  }
}

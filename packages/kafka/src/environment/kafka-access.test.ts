import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Fetch } from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testAuthority, type Issued } from '../../../../test/setup/certificates.ts'
import { recordingLogger } from '../../../../test/setup/recording-logger.ts'
import { kafkaAccess, type KafkaAccess } from './kafka-access.ts'
import { readKafkaSettings } from './kafka-variables.ts'
import { onceRead } from '../../../../test/setup/once-read.ts'

let dir: string
let ca: string
let first: Issued
let second: Issued
let clock: ManualClock
let ended: AbortController
let logged: string[]

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'freshet-access-'))
  const authority = testAuthority('test')
  ca = authority.ca
  first = authority.issue({ commonName: 'edge' })
  second = authority.issue({ commonName: 'edge' })
})
afterAll(() => rm(dir, { recursive: true }))
beforeEach(async () => {
  clock = new ManualClock()
  ended = new AbortController()
  logged = []
  await put('ca.pem', ca)
  await put('cert.pem', first.cert)
  await put('key.pem', first.key)
  await put('password', 'hush\n')
})
afterEach(() => ended.abort())

/** Changes a file as a mounted secret changes: another file under the same name. */
async function put(name: string, text: string): Promise<void> {
  await writeFile(join(dir, `${name}.new`), text)
  await rename(join(dir, `${name}.new`), join(dir, name))
}

function open(): KafkaAccess {
  const settings = readKafkaSettings({
    KAFKA_BROKERS: 'k1:9093',
    KAFKA_TLS: 'true',
    KAFKA_TLS_CA_FILE: join(dir, 'ca.pem'),
    KAFKA_TLS_CERT_FILE: join(dir, 'cert.pem'),
    KAFKA_TLS_KEY_FILE: join(dir, 'key.pem'),
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'edge',
    KAFKA_SASL_PASSWORD_FILE: join(dir, 'password'),
  })
  return kafkaAccess(settings, {
    timer: clock,
    logger: recordingLogger(logged),
    signal: ended.signal,
  })
}

function passwordOf({ sasl }: KafkaAccess): string | undefined {
  const isPassword = sasl !== undefined && sasl.mechanism !== 'oauthbearer'
  if (!isPassword) return undefined
  return typeof sasl.password === 'string' ? sasl.password : sasl.password()
}

const eventually = (assertion: () => void): Promise<void> => onceRead(clock, assertion)

describe('the files of a connection to Kafka', () => {
  it('are read again: the next connection has the new password and certificate', async () => {
    const access = open()
    const { tls } = access
    expect(tls?.()).toEqual({ ca, cert: first.cert, key: first.key })
    expect(passwordOf(access)).toBe('hush')
    await put('password', 'rustle')
    await eventually(() => expect(passwordOf(access)).toBe('rustle'))
    await put('cert.pem', second.cert)
    await put('key.pem', second.key)
    await eventually(() => expect(tls?.()).toMatchObject({ cert: second.cert, key: second.key }))
    expect(logged.join('')).not.toMatch(/hush|rustle|PRIVATE KEY/)
  })

  it('stay as they were while certificate and key do not belong together', async () => {
    const { tls } = open()
    await put('cert.pem', second.cert)
    await eventually(() => expect(logged.join('')).toContain('KAFKA_TLS_CERT_FILE'))
    expect(tls?.()).toMatchObject({ cert: first.cert, key: first.key })
    await put('key.pem', second.key)
    await eventually(() => expect(tls?.()).toMatchObject({ cert: second.cert, key: second.key }))
  })

  it('stay as they were where the new content cannot be used', async () => {
    const access = open()
    await put('ca.pem', 'no certificate')
    await put('password', '\n')
    await eventually(() => expect(logged).toHaveLength(2))
    expect(access.tls?.().ca).toBe(ca)
    expect(passwordOf(access)).toBe('hush')
  })

  it.each([
    ['ca.pem', 'nothing', 'KAFKA_TLS_CA_FILE: the file holds no certificate'],
    ['cert.pem', 'nothing', 'KAFKA_TLS_CERT_FILE: the file holds no certificate'],
    ['key.pem', 'nothing', 'KAFKA_TLS_KEY_FILE: the file holds no private key'],
  ])('are refused at start where %s holds %j', async (file, text, message) => {
    await put(file, text)
    expect(open).toThrow(message)
  })

  it('are refused at start where the key is of another certificate', async () => {
    await put('key.pem', second.key)
    expect(open).toThrow('KAFKA_TLS_KEY_FILE is not the key')
  })

  it('with a client secret are read again, and the next token is requested with it', async () => {
    await put('secret', 'hush\n')
    const credentials: string[] = []
    const fetch: Fetch = (_, { headers }) => {
      credentials.push(Buffer.from(headers['authorization']?.slice(6) ?? '', 'base64').toString())
      return Promise.resolve(Response.json({ access_token: 'a.b.c', token_type: 'Bearer' }))
    }
    const settings = readKafkaSettings({
      KAFKA_BROKERS: '127.0.0.1:9092',
      KAFKA_SASL_MECHANISM: 'oauthbearer',
      KAFKA_SASL_TOKEN_URL: 'https://login.example/token',
      KAFKA_SASL_CLIENT_ID: 'edge',
      KAFKA_SASL_CLIENT_SECRET_FILE: join(dir, 'secret'),
    })
    const logger = recordingLogger(logged)
    const { sasl } = kafkaAccess(settings, { timer: clock, logger, signal: ended.signal, fetch })
    if (sasl?.mechanism !== 'oauthbearer') throw new Error('no login by tokens')
    expect(await sasl.token()).toMatchObject({ value: 'a.b.c' })
    await put('secret', 'rustle')
    await eventually(() => expect(logged).toHaveLength(1))
    await sasl.token()
    expect(credentials).toEqual(['edge:hush', 'edge:rustle'])
    expect(logged.join('')).not.toMatch(/hush|rustle/)
  })
})

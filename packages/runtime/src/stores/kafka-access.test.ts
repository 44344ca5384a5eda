import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '@freshet/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { testAuthority, type Issued } from '../../../../test/setup/certificates.ts'
import { createLogger } from '../logger.ts'
import { FILE_READ_EVERY_MS } from '../keys/watched-file.ts'
import { kafkaAccess, type KafkaAccess } from './kafka-access.ts'
import { readKafkaSettings } from './kafka-variables.ts'

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

function open(): Promise<KafkaAccess> {
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
  const logger = createLogger('test', 'info', { write: (line: string) => logged.push(line) })
  return kafkaAccess(settings, { timer: clock, logger, signal: ended.signal })
}

/** Reading a file is no timer: time goes on until what is awaited is seen. */
async function eventually(assertion: () => void): Promise<void> {
  await vi.waitFor(
    async () => {
      await clock.advance(FILE_READ_EVERY_MS)
      assertion()
    },
    { timeout: 20_000 },
  )
}

describe('the files of a connection to Kafka', () => {
  it('are read again: the next connection has the new password and certificate', async () => {
    const { tls, sasl } = await open()
    expect(tls?.()).toEqual({ ca, cert: first.cert, key: first.key })
    expect(sasl?.password()).toBe('hush')
    await put('password', 'rustle')
    await eventually(() => expect(sasl?.password()).toBe('rustle'))
    await put('cert.pem', second.cert)
    await put('key.pem', second.key)
    await eventually(() => expect(tls?.()).toMatchObject({ cert: second.cert, key: second.key }))
    expect(logged.join('')).not.toMatch(/hush|rustle|PRIVATE KEY/)
  })

  it('stay as they were while certificate and key do not belong together', async () => {
    const { tls } = await open()
    await put('cert.pem', second.cert)
    await eventually(() => expect(logged.join('')).toContain('KAFKA_TLS_CERT_FILE'))
    expect(tls?.()).toMatchObject({ cert: first.cert, key: first.key })
    await put('key.pem', second.key)
    await eventually(() => expect(tls?.()).toMatchObject({ cert: second.cert, key: second.key }))
  })

  it('stay as they were where the new content cannot be used', async () => {
    const { tls, sasl } = await open()
    await put('ca.pem', 'no certificate')
    await put('password', '\n')
    await eventually(() => expect(logged).toHaveLength(2))
    expect(tls?.().ca).toBe(ca)
    expect(sasl?.password()).toBe('hush')
  })

  it.each([
    ['ca.pem', 'nothing', 'KAFKA_TLS_CA_FILE: the file holds no certificate'],
    ['cert.pem', 'nothing', 'KAFKA_TLS_CERT_FILE: the file holds no certificate'],
    ['key.pem', 'nothing', 'KAFKA_TLS_KEY_FILE: the file holds no private key'],
  ])('are refused at start where %s holds %j', async (file, text, message) => {
    await put(file, text)
    await expect(open()).rejects.toThrow(message)
  })

  it('are refused at start where the key is of another certificate', async () => {
    await put('key.pem', second.key)
    await expect(open()).rejects.toThrow('KAFKA_TLS_KEY_FILE is not the key')
  })
})

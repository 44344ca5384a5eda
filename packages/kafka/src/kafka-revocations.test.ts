import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { kafkaRevocations } from './kafka-revocations.ts'

const brokers = ['127.0.0.1:1']

describe('feeds of edges in one process', () => {
  it('share reader and writer where they were made alike, until the last one closes', async () => {
    const one = kafkaRevocations({ brokers })
    const other = kafkaRevocations({ brokers: [...brokers] })
    expect(other.reader).toBe(one.reader)
    expect(other.reports).toBe(one.reports)
    await one.close?.()
    await one.close?.()
    const third = kafkaRevocations({ brokers })
    expect(third.reader).toBe(other.reader)
    await other.close?.()
    await third.close?.()
    const later = kafkaRevocations({ brokers })
    expect(later.reader).not.toBe(other.reader)
    await later.close?.()
  })

  it('share nothing if anything differs: brokers, name, credentials, recipient', async () => {
    const sasl = { mechanism: 'plain' as const, username: 'u', password: 'p' }
    const feeds = [
      { brokers },
      { brokers: ['127.0.0.1:2'] },
      { brokers, clientId: 'other' },
      { brokers, tls: true as const },
      { brokers, sasl },
      { brokers, sasl: { ...sasl, password: 'q' } },
      { brokers, log: () => undefined },
      { brokers, log: () => undefined },
    ].map((options) => kafkaRevocations(options))
    expect(new Set(feeds.map(({ reader }) => reader)).size).toBe(feeds.length)
    for (const feed of feeds) await feed.close?.()
  })
})

describe('a feed without brokers', () => {
  afterEach(() => vi.unstubAllEnvs())

  function stub(env: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  }

  it('has the connection of the environment, and shares it with its like alone', async () => {
    stub({ KAFKA_BROKERS: '127.0.0.1:1', FRESHET_OTHER: 'x' })
    const one = kafkaRevocations()
    const same = kafkaRevocations({})
    const named = kafkaRevocations({ clientId: 'other' })
    const given = kafkaRevocations({ brokers })
    stub({ KAFKA_BROKERS: '127.0.0.1:2' })
    const elsewhere = kafkaRevocations()
    expect(same.reader).toBe(one.reader)
    const feeds = [one, named, given, elsewhere]
    expect(new Set(feeds.map(({ reader }) => reader)).size).toBe(feeds.length)
    for (const feed of [...feeds, same]) await feed.close?.()
  })

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['names no broker', { KAFKA_BROKERS: '' }, 'KAFKA_BROKERS'],
    [
      'names a remote broker in clear',
      { KAFKA_BROKERS: 'k1:9092' },
      'k1:9092 is not on loopback and KAFKA_TLS is off',
    ],
    [
      'has half of a login',
      { KAFKA_BROKERS: '127.0.0.1:1', KAFKA_SASL_MECHANISM: 'plain' },
      'KAFKA_SASL_USERNAME',
    ],
    [
      'has a misspelt name',
      { KAFKA_BROKERS: '127.0.0.1:1', KAFKA_TLS_CAFILE: 'x' },
      'did you mean KAFKA_TLS_CA_FILE?',
    ],
    [
      'names a file that is missing',
      { KAFKA_BROKERS: '127.0.0.1:1', KAFKA_TLS: 'true', KAFKA_TLS_CA_FILE: '/none/ca.pem' },
      'KAFKA_TLS_CA_FILE names a file that cannot be read',
    ],
  ])('is refused where the environment %s', (_, env, message) => {
    stub(env)
    expect(() => kafkaRevocations()).toThrow(message)
  })

  it('reads its files again until it is closed, and reports what cannot be used', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'freshet-feed-'))
    const file = join(dir, 'password')
    await writeFile(file, 'hush')
    stub({
      KAFKA_BROKERS: '127.0.0.1:1',
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'edge',
      KAFKA_SASL_PASSWORD_FILE: file,
    })
    const lines: string[] = []
    const feed = kafkaRevocations({
      log: ({ level, message }) => lines.push(`${level} ${message}`),
    })
    await writeFile(`${file}.new`, '')
    await rename(`${file}.new`, file)
    await expect
      .poll(() => lines)
      .toEqual([expect.stringMatching(/^error KAFKA_SASL_PASSWORD_FILE: .*the file is empty/)])
    await feed.close?.()
    await rm(dir, { recursive: true })
  })
})

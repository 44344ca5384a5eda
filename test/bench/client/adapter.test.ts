import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createKafka, planTopics } from '@freshet/kafka'
import { recordingFollower, registerLogContract } from '@freshet/testkit'
import { afterAll, describe, expect, inject, it } from 'vitest'
import type { PlatformaticOptions } from './cluster.ts'
import { platformaticLog } from './platformatic-log.ts'

const plain = inject('kafkaBrokers')
const secured = inject('securedListener')
const run = randomUUID().slice(0, 8)
const [plan] = planTopics(
  readFileSync(new URL('../../../infra/topics.yaml', import.meta.url), 'utf8'),
  { development: true },
)
const clientId = 'freshet-test'
const RECORD = { key: null, value: Buffer.from('a'), headers: {} }

describe.runIf(plain !== null)('@platformatic/kafka behind the ports of reader and writer', () => {
  const topics = createKafka({ brokers: plain ?? [], clientId })
  const log = platformaticLog({ brokers: plain ?? [], clientId })
  afterAll(async () => {
    await log.close()
    await topics.close()
  })
  const createTopic = async (name: string, partitions: number): Promise<void> => {
    await topics.topics.apply([{ name, partitions, replication: 1, config: plan?.config ?? {} }])
  }

  registerLogContract(
    '@platformatic/kafka',
    async () => ({
      writer: log.writer,
      reader: log.reader,
      createTopic,
      dropBefore: (topic, partition, offset) => topics.topics.dropBefore(topic, partition, offset),
      close: async () => {},
    }),
    `platformatic-${run}`,
  )

  it('both clients read what the other one wrote, byte for byte', async () => {
    const topic = `both-${run}`
    await createTopic(topic, 1)
    const record = {
      key: Buffer.from([0, 255]),
      value: Buffer.from('v'),
      headers: { h: Buffer.from('x') },
    }
    await log.writer.append(topic, 0, [record])
    await topics.writer().append(topic, 0, [record])
    const byOurs = await topics.reader().read(topic, 0, 0n, 2)
    const byOther = await log.reader.read(topic, 0, 0n, 2)
    const bytes = (read: typeof byOurs): unknown =>
      read.map(({ offset, key, value, headers }) => [
        offset,
        key?.toString(),
        value?.toString(),
        String(headers['h']),
      ])
    expect(bytes(byOther)).toEqual(bytes(byOurs))
    expect(byOther.map(({ appendedAtMs }) => appendedAtMs)).toEqual(
      byOurs.map(({ appendedAtMs }) => appendedAtMs),
    )
  })
})

describe.runIf(secured !== null)('@platformatic/kafka by TLS', () => {
  const { brokers = [], ca = '', username = '', password = '', tokens } = secured ?? {}
  const open = (sasl: PlatformaticOptions['sasl'], at = brokers) =>
    platformaticLog({ brokers: at, clientId, tls: { ca }, ...(sasl && { sasl }) })

  const writesAndReads = async (log: ReturnType<typeof open>, topic: string): Promise<void> => {
    const topics = createKafka({ brokers: plain ?? [], clientId })
    await topics.topics.apply([
      { name: topic, partitions: 1, replication: 1, config: plan?.config ?? {} },
    ])
    await log.writer.append(topic, 0, [RECORD])
    const follower = recordingFollower()
    const stop = new AbortController()
    const done = log.reader.follow(topic, new Map([[0, 0n]]), follower, stop.signal)
    await follower.until(() => follower.records.length === 1)
    stop.abort()
    await done
    await log.close()
    await topics.close()
  }

  it('writes and follows by SCRAM', async () => {
    await writesAndReads(open({ mechanism: 'SCRAM-SHA-512', username, password }), `scram-${run}`)
  })

  it('control: a wrong password is refused', async () => {
    const log = open({ mechanism: 'SCRAM-SHA-512', username, password: 'rustle' })
    await expect(log.reader.bounds('t')).rejects.toMatchObject({ code: 'broker.unauthenticated' })
    await log.close()
  })

  it('writes and follows by OAUTHBEARER, with a new token for each connection', async () => {
    let calls = 0
    const token = (): string => {
      calls += 1
      return tokens?.good ?? ''
    }
    await writesAndReads(open({ mechanism: 'OAUTHBEARER', token }, tokens?.brokers), `oauth-${run}`)
    expect(calls).toBeGreaterThan(1)
  })

  it('control: a token for another audience is refused', async () => {
    const log = open({ mechanism: 'OAUTHBEARER', token: tokens?.bad ?? '' }, tokens?.brokers)
    await expect(log.reader.bounds('t')).rejects.toMatchObject({ code: 'broker.unauthenticated' })
    await log.close()
  })
})

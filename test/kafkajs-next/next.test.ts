import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { sep } from 'node:path'
import { createKafka, planTopics, type KafkaOptions } from '@freshet/kafka'
import { registerLogContract } from '@freshet/testkit'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { kafkajs, kafkajsVersion } from '../../packages/kafka/src/client/internals.ts'
import { manifestOf } from '../architecture/pack.ts'

const secured = inject('securedListener')
const { cache } = createRequire(import.meta.url)
const [plan] = planTopics(
  readFileSync(new URL('../../infra/topics.yaml', import.meta.url), 'utf8'),
  { development: true },
)

/** Returns the modules of a package that this process has loaded. */
function loadedOf(name: string): readonly string[] {
  const inside = `${sep}node_modules${sep}${name}${sep}`
  return Object.keys(cache).filter((file) => file.includes(inside))
}

describe('the newest beta of kafkajs', () => {
  it('is the one that package.json names, and the adapter has loaded it', () => {
    const { devDependencies = {} } = manifestOf('.')
    expect(`npm:kafkajs@${kafkajsVersion}`).toBe(devDependencies['kafkajs-next'])
    expect(kafkajsVersion).toMatch(/^2\.\d+\.\d+-beta\.\d+$/)
    process.stdout.write(`these suites run on kafkajs ${kafkajsVersion}\n`)
  })

  it('is the only kafkajs of this process, in its internals and in its entry', () => {
    expect(kafkajs().Kafka).toBeTypeOf('function')
    expect(loadedOf('kafkajs-next')).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/cluster.index\.js$/),
        expect.stringMatching(/recordBatch.crc32C.index\.js$/),
        expect.stringMatching(/kafkajs-next.index\.js$/),
      ]),
    )
    expect(loadedOf('kafkajs')).toEqual([])
  })
})

describe.runIf(secured !== null)('the newest beta of kafkajs by TLS and SCRAM', () => {
  const { brokers = [], ca = '', username = '', password = '' } = secured ?? {}
  const options: KafkaOptions = {
    brokers,
    clientId: 'freshet-test',
    tls: { ca },
    sasl: { mechanism: 'scram-sha-512', username, password },
  }
  const kafka = createKafka(options)
  afterAll(() => kafka.close())

  registerLogContract(
    'the newest kafkajs by TLS and SCRAM',
    async () => ({
      writer: kafka.writer(),
      reader: kafka.reader(),
      createTopic: async (name, partitions) => {
        await kafka.topics.apply([{ name, partitions, replication: 1, config: plan?.config ?? {} }])
      },
      dropBefore: (topic, partition, offset) => kafka.topics.dropBefore(topic, partition, offset),
      close: async () => {},
    }),
    `next-${randomUUID().slice(0, 8)}`,
  )

  it('control: a wrong password is refused', async () => {
    const other = createKafka({
      ...options,
      sasl: { mechanism: 'scram-sha-512', username, password: 'rustle' },
    })
    await expect(other.check()).rejects.toMatchObject({ code: 'broker.unauthenticated' })
    await other.close()
  })
})

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { registerLogContract } from '@freshet/testkit'
import { recordingFollower } from '@freshet/testkit'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { createKafka, planTopics, type TopicPlan } from './index.ts'
import { sharedReader } from './kafka-revocations.ts'

const brokers = inject('kafkaBrokers')
const run = randomUUID().slice(0, 8)
const plan = planTopics(
  readFileSync(new URL('../../../infra/topics.yaml', import.meta.url), 'utf8'),
  {
    development: true,
  },
)

function topicLike(name: string, partitions: number): TopicPlan {
  return { name, partitions, replication: 1, config: plan[0]?.config ?? {} }
}

describe.runIf(brokers !== null)('the Kafka adapter on a real broker', () => {
  const kafka = createKafka({ brokers: brokers ?? [], clientId: 'freshet-test' })
  afterAll(() => kafka.close())

  registerLogContract(
    'Apache Kafka',
    async () => ({
      writer: kafka.writer(),
      reader: kafka.reader(),
      createTopic: async (topic, partitions) => {
        await kafka.topics.apply([topicLike(topic, partitions)])
      },
      dropBefore: (topic, partition, offset) => kafka.topics.dropBefore(topic, partition, offset),
      close: async () => {},
    }),
    `contract-${run}`,
  )

  registerLogContract(
    'Apache Kafka by a shared reader',
    async () => ({
      writer: kafka.writer(),
      reader: sharedReader(kafka.reader()),
      createTopic: async (topic, partitions) => {
        await kafka.topics.apply([topicLike(topic, partitions)])
      },
      dropBefore: (topic, partition, offset) => kafka.topics.dropBefore(topic, partition, offset),
      close: async () => {},
    }),
    `shared-${run}`,
  )

  test('broker and client have a common version of every request that is sent', async () => {
    expect(await kafka.check()).toEqual([])
  })

  test('the planned topics are created once and then found as planned', async () => {
    const plans = plan.map((topic) => ({ ...topic, name: `${topic.name}-${run}` }))
    expect(await kafka.topics.verify(plans)).toHaveLength(plans.length)
    const [first, second] = await Promise.all([
      kafka.topics.apply(plans),
      kafka.topics.apply(plans),
    ])
    expect([first, second]).toEqual([[], []])
    expect(await kafka.topics.verify(plans)).toEqual([])
    await kafka.topics.remove(plans.map((topic) => topic.name))
  })

  test('apply leaves a topic that exists alone and names what differs', async () => {
    const made = topicLike(`differs-${run}`, 2)
    await kafka.topics.apply([made])
    const wanted = { ...made, partitions: 3, config: { ...made.config, 'retention.ms': '1000' } }
    expect(await kafka.topics.apply([wanted])).toEqual([
      { topic: made.name, setting: 'partitions', wanted: '3', found: '2' },
      { topic: made.name, setting: 'retention.ms', wanted: '1000', found: '604800000' },
    ])
  })

  test('a batch above the limit of the topic is a topic mismatch, and the writer goes on', async () => {
    const topic = `large-${run}`
    await kafka.topics.apply([topicLike(topic, 1)])
    const writer = kafka.writer()
    const record = (bytes: number) => ({ key: null, value: Buffer.alloc(bytes), headers: {} })
    const append = writer.append(topic, 0, [record(1_100_000)])
    await expect(append).rejects.toMatchObject({ code: 'topic.mismatch' })
    expect((await writer.append(topic, 0, [record(1_000_000)])).baseOffset).toBe(0n)
  })
})

describe.runIf(brokers !== null)('what a closed client leaves behind', () => {
  const count = (kind: RegExp): number =>
    process.getActiveResourcesInfo().filter((name) => kind.test(name)).length

  test('after close no socket and no timer of ours is left, also in the middle of a follow', async () => {
    const kafka = createKafka({ brokers: brokers ?? [], clientId: 'freshet-test' })
    const topic = `handles-${run}`
    await kafka.topics.apply([topicLike(topic, 1)])
    // The sockets of earlier clients close after some time.
    await expect.poll(() => count(/TCP/)).toBe(0)
    const timers = count(/Timeout/)
    await kafka.writer().append(topic, 0, [{ key: null, value: null, headers: {} }])
    const follower = recordingFollower()
    const signal = new AbortController().signal
    const done = kafka.reader().follow(topic, new Map([[0, 0n]]), follower, signal)
    await follower.until(() => follower.records.length === 1)
    expect(count(/TCP/)).toBeGreaterThan(0)
    expect(count(/Timeout/)).toBeGreaterThan(0)
    await kafka.close()
    await done
    await expect.poll(() => count(/TCP/)).toBe(0)
    expect(count(/Timeout/)).toBeLessThanOrEqual(timers)
  })
})

describe.runIf(brokers !== null)('a Kafka that cannot be reached', () => {
  const options = { brokers: ['127.0.0.1:1'], clientId: 'freshet-test' }

  test('writer and reader answer that the broker is unavailable, without its address', async () => {
    const kafka = createKafka(options)
    const trouble = { code: 'broker.unavailable', message: expect.not.stringContaining('127.0.0') }
    const records = [{ key: null, value: null, headers: {} }]
    await expect(kafka.writer().append('t', 0, records)).rejects.toMatchObject(trouble)
    await expect(kafka.reader().bounds('t')).rejects.toMatchObject(trouble)
    await kafka.close()
  })

  test('a follow waits for it and still ends at once on request', async () => {
    const kafka = createKafka(options)
    const stop = new AbortController()
    const follower = { onRecords: () => {}, onOffsetLost: () => 0n }
    const done = kafka.reader().follow('t', new Map([[0, 0n]]), follower, stop.signal)
    await expect(kafka.reader().bounds('t')).rejects.toMatchObject({ code: 'broker.unavailable' })
    stop.abort()
    expect(await done).toBeUndefined()
    await kafka.close()
  })
})

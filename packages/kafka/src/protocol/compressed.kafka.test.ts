import { randomUUID } from 'node:crypto'
import { CHANGES_TOPIC, REVOCATIONS_TOPIC } from '@freshet/wire'
import { recordingFollower } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startProducer } from '../../../../test/setup/compressing-producer.ts'
import { createKafka, requireTopics, type KafkaLogLine } from '../index.ts'

const brokers = inject('kafkaBrokers')
const run = randomUUID().slice(0, 8)
const topic = `compressed-${run}`
const planned = { 'message.timestamp.type': 'LogAppendTime', 'compression.type': 'uncompressed' }

describe.runIf(brokers !== null)('batches that a client compressed', () => {
  const lines: KafkaLogLine[] = []
  const kafka = createKafka({
    brokers: brokers ?? [],
    clientId: 'freshet-test',
    log: (line) => lines.push(line),
  })
  const producer = startProducer(brokers ?? [])
  const config = { ...planned, 'compression.type': 'producer' }
  beforeAll(() => kafka.topics.apply([{ name: topic, partitions: 3, replication: 1, config }]))
  afterAll(async () => {
    await producer.close()
    await kafka.close()
  })

  it('by gzip are read', async () => {
    await producer.send(topic, 0, 'gzip', ['a', 'b'])
    const values = (await kafka.reader().read(topic, 0, 0n, 9)).map(({ value }) => String(value))
    expect(values).toEqual(['a', 'b'])
  })

  it('by another codec stop their partition alone, and are named by log and readiness', async () => {
    const writer = kafka.writer()
    const record = (value: string) => ({ key: null, value: Buffer.from(value), headers: {} })
    await writer.append(topic, 1, [record('before')])
    await producer.send(topic, 1, 'lz4', ['unread'])
    await writer.append(topic, 2, [record('other')])

    const follower = recordingFollower()
    const stop = new AbortController()
    const from = new Map([0, 1, 2].map((partition) => [partition, 0n]))
    const done = kafka.reader().follow(topic, from, follower, stop.signal)
    await follower.until(() => follower.records.length >= 4)
    await expect.poll(() => kafka.trouble()?.code).toBe('topic.compressed')
    // The other partitions go on while one waits.
    for (const partition of [0, 2]) await writer.append(topic, partition, [record('after')])
    await follower.until(() => follower.records.length >= 6)
    stop.abort()
    await done

    const text = `The batch at offset 1 of ${topic}/1 is compressed by lz4, which is not read here. Set compression.type=uncompressed on ${topic}.`
    await expect(kafka.check()).rejects.toThrow(text)
    const named = lines.filter(({ message }) => message.includes('compressed by'))
    expect(named).toEqual([{ level: 'error', message: `${text} (topic.compressed)` }])
    expect(follower.records.filter(({ partition }) => partition === 1)).toHaveLength(1)
  })

  it('are none in a topic as planned: the broker decompresses them', async () => {
    const name = `planned-${run}`
    await kafka.topics.apply([{ name, partitions: 1, replication: 1, config: planned }])
    await producer.send(name, 0, 'lz4', ['read'])
    expect(await kafka.reader().read(name, 0, 0n, 9)).toHaveLength(1)
  })
})

describe.runIf(brokers !== null)('a service that starts', () => {
  const kafka = createKafka({ brokers: brokers ?? [], clientId: 'freshet-test' })
  const named = (name: string): string => `${name}-${run}`
  const topics = {
    async describe(names: readonly string[]) {
      const found = await kafka.topics.describe(names.map(named))
      return found.map((each) => ({ ...each, name: each.name.replace(`-${run}`, '') }))
    },
  }
  afterAll(() => kafka.close())

  it('refuses topics with the defaults of the broker, and takes planned ones', async () => {
    const plans = (config: Record<string, string>) =>
      [CHANGES_TOPIC, REVOCATIONS_TOPIC].map((name) => ({
        name: named(name),
        partitions: 7,
        replication: 1,
        config,
      }))
    await kafka.topics.apply(plans({}))
    const start = () => requireTopics(topics, { revocationsMs: 1 })
    await expect(start()).rejects.toThrow(
      `${CHANGES_TOPIC}: compression.type is producer; set compression.type=uncompressed`,
    )
    await kafka.topics.remove(plans({}).map(({ name }) => name))
    await expect.poll(() => topics.describe([CHANGES_TOPIC, REVOCATIONS_TOPIC])).toEqual([])
    await kafka.topics.apply(plans(planned))
    await start()
  })
})

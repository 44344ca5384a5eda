import { CHANGES_TOPIC, REVOCATIONS_TOPIC, type LogReader, type LogWriter } from '@freshet/events'
import { createKafka, requireTopics, type Kafka } from '@freshet/kafka'
import { kafkaAvailability, startCluster, type LocalCluster } from '@freshet/local-kafka'
import { recordingFollower } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** The leaders of the seven partitions, each of which no other broker holds. */
const LEADERS = [1, 2, 3, 1, 2, 3, 1]
const ENDED = 3
const PARTITIONS = [...LEADERS.keys()]
const LIVING = PARTITIONS.filter((partition) => LEADERS[partition] !== ENDED)
const DEAD = PARTITIONS.filter((partition) => LEADERS[partition] === ENDED)
const SETTINGS = [
  'cleanup.policy=delete',
  'message.timestamp.type=LogAppendTime',
  'compression.type=uncompressed',
]

const { available } = await kafkaAvailability()

describe.runIf(available)('a partition without a leader', () => {
  let cluster: LocalCluster
  let kafka: Kafka
  let writer: LogWriter
  let reader: LogReader
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 3 })
    kafka = createKafka({ brokers: cluster.brokers, clientId: 'freshet-test' })
    writer = kafka.writer()
    reader = kafka.reader()
    for (const topic of [CHANGES_TOPIC, REVOCATIONS_TOPIC]) await create(cluster, topic)
  })
  afterAll(async () => {
    await kafka.close()
    await cluster.stop()
  })

  const append = (partition: number, value: string): Promise<unknown> =>
    writer.append(CHANGES_TOPIC, partition, [{ key: null, value: Buffer.from(value), headers: {} }])
  const appendAll = (partitions: readonly number[], value: string) =>
    Promise.allSettled(partitions.map((partition) => append(partition, value)))

  it('stops itself alone, from the death of its leader on, and goes on with it', async () => {
    expect(failed(await appendAll(PARTITIONS, 'before'))).toEqual([])
    const before = follow(reader)
    await before.until(1, PARTITIONS)

    await cluster.node(ENDED).end('SIGKILL')
    // Until the controller has noticed, the metadata names the dead broker as leader.
    const message = `${CHANGES_TOPIC}/${DEAD[0]}: no broker leads the partition now. Start a broker that holds it.`
    const others: PromiseSettledResult<unknown>[][] = []
    const isNoticed = async (): Promise<boolean> => {
      const [dead, living] = await Promise.all([
        appendAll(DEAD, 'refused'),
        appendAll(LIVING, 'meanwhile'),
      ])
      others.push(living)
      return failed(dead).includes(message)
    }
    await expect.poll(isNoticed).toBe(true)
    expect(others.flatMap(failed)).toEqual([])
    const living = others.length
    await before.until(1 + living, LIVING)

    await expect(reader.bounds(CHANGES_TOPIC)).rejects.toMatchObject({
      code: 'broker.unavailable',
      message: expect.stringContaining(DEAD.map((each) => `${CHANGES_TOPIC}/${each}`).join(', ')),
    })
    const bounds = await reader.bounds(CHANGES_TOPIC, LIVING)
    expect(bounds.map(({ end }) => end)).toEqual(LIVING.map(() => BigInt(1 + living)))
    expect(await reader.read(CHANGES_TOPIC, LIVING[0] ?? 0, 0n, 1)).toHaveLength(1)
    // What a service asks when it starts, and for its readiness.
    await requireTopics(kafka.topics, { revocationsMs: 1 })
    expect(await kafka.check()).toEqual([])
    const meanwhile = follow(reader)
    await meanwhile.until(1 + living, LIVING)

    await cluster.node(ENDED).start()
    await expect.poll(async () => failed(await appendAll(DEAD, 'after'))).toEqual([])
    for (const following of [before, meanwhile]) {
      await expect.poll(() => following.hasAll('after', DEAD)).toBe(true)
      await following.stop()
    }
  })
})

async function create(cluster: LocalCluster, topic: string): Promise<void> {
  const tool = 'org.apache.kafka.tools.TopicCommand'
  const settings = SETTINGS.flatMap((setting) => ['--config', setting])
  const placed = ['--replica-assignment', LEADERS.join(','), ...settings]
  const args = ['--create', '--topic', topic, ...placed]
  await cluster.node(1).javaTool(tool, ['--bootstrap-server', cluster.brokers.join(','), ...args])
}

function failed(settled: readonly PromiseSettledResult<unknown>[]): readonly string[] {
  return settled.flatMap((each) =>
    each.status === 'rejected' ? [(each.reason as Error).message] : [],
  )
}

function follow(reader: LogReader) {
  const follower = recordingFollower()
  const stop = new AbortController()
  const from = new Map(PARTITIONS.map((partition) => [partition, 0n]))
  const done = reader.follow(CHANGES_TOPIC, from, follower, stop.signal)
  const valuesOf = (partition: number): readonly string[] =>
    follower.records
      .filter((record) => record.partition === partition)
      .map(({ value }) => Buffer.from(value ?? '').toString())
  return {
    until: (count: number, partitions: readonly number[]) =>
      follower.until(() => partitions.every((each) => valuesOf(each).length >= count)),
    hasAll: (value: string, partitions: readonly number[]) =>
      partitions.every((partition) => valuesOf(partition).includes(value)),
    stop: async () => {
      stop.abort()
      await done
    },
  }
}

import { CHANGES_TOPIC, recordsHash, REVOCATIONS_TOPIC, type LogRecord } from '@freshet/wire'
import { createKafka, type Kafka } from '@freshet/kafka'
import { kafkaAvailability, startCluster, type LocalCluster } from '@freshet/local-kafka'
import { verifyIncarnation, type RememberedPlace } from '@freshet/reconciler'
import { ManualClock } from '@freshet/testkit'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

/** The leader and the follower of every partition, by node id. */
const [LEADER, FOLLOWER] = [1, 2]
const HERE = 0

const { available } = await kafkaAvailability()

describe.runIf(available)('a leader whose end is behind its log', () => {
  let cluster: LocalCluster
  let kafka: Kafka
  let raised: string[]
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2 })
    // A client that sends a request to the stopped follower waits for its time limit.
    const { brokers } = cluster.node(LEADER)
    kafka = createKafka({ brokers, clientId: 'freshet-test' })
    for (const topic of [CHANGES_TOPIC, REVOCATIONS_TOPIC]) {
      const replicas = `${LEADER}:${FOLLOWER}`
      const args = ['--create', '--topic', topic, '--replica-assignment', replicas]
      await cluster
        .node(LEADER)
        .javaTool('org.apache.kafka.tools.TopicCommand', [
          '--bootstrap-server',
          ...brokers,
          ...args,
        ])
    }
  })
  afterAll(async () => {
    await kafka.close()
    await cluster.stop()
  })
  beforeEach(() => {
    raised = []
  })
  afterEach(() => cluster.node(FOLLOWER).signal('SIGCONT'))

  const verify = (remembered: RememberedPlace): Promise<RememberedPlace> =>
    verifyIncarnation(
      {
        reader: kafka.reader(),
        clock: new ManualClock(),
        checkpointKeys: () => [],
        onRaised: (_, why) => raised.push(why),
        store: { remembered: async () => remembered, raise: async () => {} },
      },
      HERE,
    )

  it('proves nothing: the incarnation stays, and is verified once the end has caught up', async () => {
    const reader = kafka.reader()
    const writer = kafka.writer()
    await writer.append(CHANGES_TOPIC, HERE, [recordOf('held by both')])
    cluster.node(FOLLOWER).signal('SIGSTOP')
    const sent = writer.append(CHANGES_TOPIC, HERE, [recordOf('held, not shown')])
    // The broker refuses an offset beyond the end of its log.
    await expect.poll(() => reader.read(CHANGES_TOPIC, HERE, 2n, 1)).toEqual([])
    expect(await reader.read(CHANGES_TOPIC, HERE, 1n, 1)).toEqual([])

    const remembered = rememberedAt(1n, 'held, not shown')
    await expect(verify(remembered)).rejects.toMatchObject({ code: 'broker.unavailable' })
    expect(raised).toEqual([])

    cluster.node(FOLLOWER).signal('SIGCONT')
    await sent
    expect(await verify(remembered)).toBe(remembered)
  })

  it.each([
    ['the log ends at the record', 2n],
    ['the log ends far before it', 7n],
  ])('control: a lost tail raises the incarnation, where %s', async (_, offset) => {
    await verify(rememberedAt(offset, 'lost'))
    expect(raised).toHaveLength(1)
  })
})

function recordOf(value: string): Pick<LogRecord, 'key' | 'value' | 'headers'> {
  return { key: null, value: Buffer.from(value), headers: {} }
}

function rememberedAt(offset: bigint, value: string): RememberedPlace {
  const place = { topic: CHANGES_TOPIC, partition: HERE, offset, appendedAtMs: 0 }
  const lastHash = recordsHash([{ ...recordOf(value), ...place }])
  return { e: 1n, head: null, nextOffset: offset + 1n, lastHash }
}

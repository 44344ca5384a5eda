import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { clientTrouble } from '../errors/client-trouble.ts'
import { ask } from '../protocol/fetch.ts'
import { createKafka } from '../index.ts'
import { leaderOf, loadTopic } from '../client/leaders.ts'
import { sessionOpener } from '../client/session.ts'

const brokers = inject('kafkaBrokers') ?? []
const topic = `grouped-${randomUUID().slice(0, 8)}`
const options = { brokers, clientId: 'freshet-test' }
const BYTES_MAX = 10_000
/**
 * The offset of the length in a batch, the bytes that the length does not count, and the offset of the number
 * of records.
 */
const [LENGTH_AT, HEAD_BYTES, COUNT_AT] = [8, 12, 57]

describe.runIf(brokers.length > 0)('appends that wait for the same partition', () => {
  const kafka = createKafka(options)
  const writer = kafka.writer()
  const config = {
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(BYTES_MAX),
  }
  beforeAll(() => kafka.topics.apply([{ name: topic, partitions: 2, replication: 1, config }]))
  afterAll(() => kafka.close())
  const append = (partition: number, value: Buffer) =>
    writer.append(topic, partition, [{ key: null, value, headers: {} }])

  it('share one batch, and each gets the offset of its own record', async () => {
    const values = Array.from({ length: 100 }, (_, n) => Buffer.from(`${n}`))
    const appended = await Promise.all(values.map((value) => append(0, value)))
    const offsets = appended.map(({ baseOffset }) => baseOffset)
    expect(offsets).toEqual(values.map((_, n) => BigInt(n)))
    const records = await kafka.reader().read(topic, 0, 0n, 200)
    expect(records.map(({ value }) => String(value))).toEqual(values.map(String))
    // The first append did not wait for the others.
    expect(await recordsByBatch(0)).toEqual([1, 99])
  })

  it('fail alone where the topic takes one of them and not all together', async () => {
    const sizes = [1, 4_000, 4_000, 4_000, 2 * BYTES_MAX, 4_000]
    const outcomes = await Promise.allSettled(sizes.map((size) => append(1, Buffer.alloc(size))))
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 4 }, () => 'fulfilled'),
      'rejected',
      'fulfilled',
    ])
    expect(await recordsByBatch(1)).toEqual([1, 1, 1, 1, 1])
  })
})

/** Returns the number of records in each batch of a partition, from the broker's own bytes. */
async function recordsByBatch(partition: number): Promise<readonly number[]> {
  const session = sessionOpener(options, clientTrouble(options))()
  try {
    await loadTopic(session, topic)
    const leader = await leaderOf(session, topic, partition)
    const [answer] = await ask(leader, topic, new Map([[partition, 0n]]), 0)
    const counts: number[] = []
    const bytes = answer?.bytes ?? Buffer.alloc(0)
    for (let at = 0; at < bytes.length; at += HEAD_BYTES + bytes.readInt32BE(at + LENGTH_AT))
      counts.push(bytes.readInt32BE(at + COUNT_AT))
    return counts
  } finally {
    await session.close()
  }
}

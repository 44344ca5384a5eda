import { expect, test } from 'vitest'
import type { BrokerHandle, ProtocolRequest } from '../client/internals.ts'
import type { AnsweredPartition } from '../protocol/fetch.ts'
import { fetchOne } from './reader.ts'

const OUT_OF_RANGE = 1
const TOPIC = 't'

/** Returns a leader of partitions 1 and 2. `change` edits its answer to the n-th request. */
function leaderThat(change: (n: number) => Partial<AnsweredPartition>): {
  readonly leader: BrokerHandle
  readonly requests: () => number
} {
  let requests = 0
  const send = async <T>({ response }: ProtocolRequest<T>): Promise<T> => {
    requests += 1
    const part = { topic: TOPIC, errorCode: 0, end: 7n, bytes: Buffer.alloc(0) }
    const partitions = [
      { ...part, partition: 1 },
      { ...part, partition: 2, ...change(requests) },
    ]
    return response.parse({ throttleMs: 0, partitions } as T)
  }
  const leader = { connectionPool: { send }, apiVersions: () => Promise.resolve({}) }
  return { leader, requests: () => requests }
}

const ask = (leader: BrokerHandle, partitions: readonly number[], topic = TOPIC) =>
  Promise.allSettled(
    partitions.map((partition) => fetchOne(leader)({ topic, partition, from: 7n })),
  )

test('questions of one turn of the event loop travel in one request', async () => {
  const { leader, requests } = leaderThat(() => ({}))
  const answers = await ask(leader, [1, 2])
  expect(answers).toMatchObject([{ value: { partition: 1 } }, { value: { partition: 2 } }])
  expect(requests()).toBe(1)
})

test('a partition that is refused fails its own question alone', async () => {
  const { leader } = leaderThat((n) => (n === 2 ? {} : { errorCode: OUT_OF_RANGE }))
  const [well, refused] = await ask(leader, [1, 2])
  expect(well).toMatchObject({ value: { partition: 1 } })
  expect(refused).toMatchObject({ reason: { type: 'OFFSET_OUT_OF_RANGE', partition: 2 } })
})

test('a partition for which no bytes were left is asked for again, alone', async () => {
  const { leader, requests } = leaderThat((n) => (n === 1 ? { end: 9n } : {}))
  await ask(leader, [1, 2])
  expect(requests()).toBe(2)
})

test('the same partition at two places is asked for twice', async () => {
  const { leader, requests } = leaderThat(() => ({}))
  const twice = [7n, 8n].map((from) => fetchOne(leader)({ topic: TOPIC, partition: 1, from }))
  await Promise.all(twice)
  expect(requests()).toBe(2)
})

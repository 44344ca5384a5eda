import { expect, test } from 'vitest'
import type { BrokerHandle, ProduceResponse, ProtocolRequest } from '../client/internals.ts'
import { appendTo } from './produce.ts'

const NOT_LEADER = 6
const record = { key: null, value: Buffer.from('v'), headers: {} }

/** Returns a broker that refuses partition 2. */
function leaderOfMany(): { readonly leader: BrokerHandle; readonly versions: number[] } {
  const versions: number[] = []
  const partitions = [0, 1, 2].map((partition) => ({
    partition,
    errorCode: partition === 2 ? NOT_LEADER : 0,
    baseOffset: `${partition + 10}`,
    logAppendTime: '5',
  }))
  const answer: ProduceResponse = {
    topics: ['a', 'b'].map((topicName) => ({ topicName, partitions })),
  }
  const send = async <T>({ request, response }: ProtocolRequest<T>): Promise<T> => {
    versions.push(request.apiVersion)
    return response.parse(answer as T)
  }
  return { leader: { connectionPool: { send }, apiVersions: () => Promise.resolve({}) }, versions }
}

test('appends of one turn of the event loop travel in one request', async () => {
  const { leader, versions } = leaderOfMany()
  const at = (topic: string, partition: number) =>
    appendTo(leader)({ topic, partition, records: [record] })
  const landed = await Promise.all([at('a', 0), at('b', 0), at('a', 1)])
  expect(landed.map(({ baseOffset }) => baseOffset)).toEqual([10n, 10n, 11n])
  expect(versions).toEqual([7])
  await at('a', 0)
  expect(versions).toEqual([7, 7])
})

test('a partition that is refused fails its own append, and no other of the request', async () => {
  const { leader } = leaderOfMany()
  const [well, refused, missing] = await Promise.allSettled(
    [1, 2, 3].map((partition) => appendTo(leader)({ topic: 'a', partition, records: [record] })),
  )
  expect(well).toMatchObject({ value: { baseOffset: 11n, appendedAtMs: 5 } })
  expect(refused).toMatchObject({ reason: { type: 'NOT_LEADER_FOR_PARTITION' } })
  expect(missing).toMatchObject({ reason: { code: 'invariant.broken' } })
})

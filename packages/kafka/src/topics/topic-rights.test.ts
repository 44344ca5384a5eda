import { expect, test } from 'vitest'
import { decodeRights, encodeRightsRequest } from './topic-rights.ts'
import { missingRights, topicsOfRole } from './topics.ts'

const [READ, WRITE, DESCRIBE] = [1 << 3, 1 << 4, 1 << 8]
const DENIED = 29

const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 0xff, value & 0xff])
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)])
const list = (...items: readonly Buffer[]): Buffer => Buffer.concat([int32(items.length), ...items])
const ids = (...of: readonly number[]): Buffer => list(...of.map(int32))

function partition(id: number): Buffer {
  const [error, leader, epoch] = [0, 1, 7]
  return Buffer.concat([
    int16(error),
    int32(id),
    int32(leader),
    int32(epoch),
    ids(1, 2),
    ids(1),
    ids(),
  ])
}

function topic(name: string, bits: number, error = 0): Buffer {
  const partitions = error === 0 ? list(partition(0), partition(1)) : list()
  return Buffer.concat([int16(error), text(name), Buffer.from([0]), partitions, int32(bits)])
}

/** An answer to Metadata of version 8, in the order of Kafka's protocol guide. */
function answer(...topics: readonly Buffer[]): Buffer {
  const node = Buffer.concat([int32(1), text('kafka-1'), int32(9092), int16(-1)])
  const clusterRights = int32(-(2 ** 31))
  return Buffer.concat([int32(0), list(node), text('c'), int32(1), list(...topics), clusterRights])
}

test('the rights of each topic are read; a topic that is hidden has none', () => {
  const rights = decodeRights(
    answer(topic('a', READ | DESCRIBE), topic('b', 0, DENIED), topic('c', WRITE)),
  )
  expect(Object.fromEntries([...rights].map(([name, set]) => [name, [...set]]))).toEqual({
    a: ['Read', 'Describe'],
    b: [],
    c: ['Write'],
  })
})

test('a request creates no topic, and asks for the rights on topics alone', () => {
  expect(encodeRightsRequest(['a'])).toEqual(
    Buffer.concat([list(text('a')), Buffer.from([0, 0, 1])]),
  )
})

test('each operation of the plan that a client lacks is returned with its topic', () => {
  const [revocations = '', reports = ''] = topicsOfRole('edge')
  const rights = new Map([
    [revocations, new Set(['Describe'] as const)],
    [reports, new Set(['Write', 'Describe'] as const)],
  ])
  expect(missingRights('edge', rights)).toEqual([{ topic: revocations, operations: ['Read'] }])
  expect(missingRights('edge', new Map())).toHaveLength(2)
})

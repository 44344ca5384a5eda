import { recordingFollower, type RecordingFollower } from '@freshet/testkit'
import { expect, test } from 'vitest'
import { followGroup, type Following } from './follow.ts'
import type { BrokerHandle, ClusterHandle, FetchRequest, FetchedMessage } from './internals.ts'
import type { Session } from './session.ts'

type Answer = { readonly end: bigint; readonly messages: readonly FetchedMessage[] }
/** What a leader says to one fetch, or what it throws. */
type Script = (positions: ReadonlyMap<number, bigint>, turn: number) => Record<number, Answer>

function message(offset: bigint, epoch = 0, isControlRecord = false): FetchedMessage {
  const batchContext = { firstOffset: `${offset}`, lastOffsetDelta: 0, partitionLeaderEpoch: epoch }
  const bytes = { key: null, value: Buffer.from(`${offset}`), headers: {} }
  return { offset: `${offset}`, timestamp: '1', ...bytes, isControlRecord, batchContext }
}

interface World {
  readonly following: Following
  readonly follower: RecordingFollower
  readonly gaps: readonly bigint[]
  readonly sessions: () => number
  readonly run: (partitions: readonly number[]) => Promise<void>
}

/** Leaders by node id; each partition is led by the node that `leads` names. */
function world(leads: Record<number, number>, scripts: Record<number, Script>): World {
  const stop = new AbortController()
  const follower = recordingFollower()
  const gaps: bigint[] = []
  let sessions = 0
  const turns = new Map<number, number>()
  const brokerOf = (nodeId: number): BrokerHandle =>
    ({
      fetch: async (request: FetchRequest) => {
        // A leader answers later, never in the same turn: the loop must leave room for others.
        await new Promise((resolve) => setImmediate(resolve))
        const turn = turns.get(nodeId) ?? 0
        turns.set(nodeId, turn + 1)
        const asked = request.topics[0]?.partitions ?? []
        const positions = new Map(asked.map((p) => [p.partition, BigInt(p.fetchOffset)]))
        const answers = scripts[nodeId]?.(positions, turn) ?? {}
        const partitions = Object.entries(answers).map(([partition, { end, messages }]) => ({
          partition: Number(partition),
          highWatermark: `${end}`,
          messages,
        }))
        return { responses: [{ partitions }] }
      },
    }) as unknown as BrokerHandle
  const cluster = {
    connect: async () => {},
    addTargetTopic: async () => {},
    findTopicPartitionMetadata: () =>
      Object.entries(leads).map(([p, leader]) => ({ partitionId: Number(p), leader })),
    findBroker: async ({ nodeId }: { nodeId: number }) => brokerOf(nodeId),
  } as unknown as ClusterHandle
  const open = (): Session => {
    sessions++
    return { cluster, close: async () => {}, retire: async () => {} }
  }
  const following: Following = {
    topic: 't',
    positions: new Map(Object.keys(leads).map((p) => [Number(p), 0n])),
    leaderEpochs: new Map(),
    follower,
    stop,
    open,
    onGap: (_partition, offset) => gaps.push(offset),
  }
  const run = (partitions: readonly number[]) => followGroup(following, partitions)
  return { following, follower, gaps, sessions: () => sessions, run }
}

async function runUntil(
  { following, follower, run }: World,
  partitions: readonly number[],
  condition: () => boolean,
): Promise<void> {
  const done = run(partitions)
  await follower.until(condition)
  following.stop.abort()
  await done
}

test('an emptied batch at the position is passed one offset at a time, and counted', async () => {
  const held = [message(5n)]
  const script: Script = (positions) => {
    const position = positions.get(0) ?? 0n
    return { 0: { end: 6n, messages: position < 3n ? [] : held.filter(() => position <= 5n) } }
  }
  const scene = world({ 0: 1 }, { 1: script })
  await runUntil(scene, [0], () => scene.follower.records.length === 1)
  expect(scene.gaps).toEqual([0n, 1n, 2n])
  expect(scene.follower.records[0]?.offset).toBe(5n)
})

test('an empty answer among several partitions may be for want of room: nothing is passed or told', async () => {
  const script: Script = (positions, turn) => ({
    0: { end: 9n, messages: positions.get(0) === 0n ? [message(0n)] : [] },
    1: { end: 1n, messages: turn > 2 && positions.get(1) === 0n ? [message(0n)] : [] },
  })
  const scene = world({ 0: 1, 1: 1 }, { 1: script })
  await runUntil(scene, [0, 1], () => scene.follower.records.length === 2)
  expect(scene.gaps).toEqual([])
  expect(scene.follower.emptyEnds.get(0)).toBeUndefined()
  expect(scene.following.positions).toEqual(
    new Map([
      [0, 1n],
      [1, 1n],
    ]),
  )
})

test('a control record is passed silently, and what was asked again inside a batch is left out', async () => {
  const batch = { firstOffset: '0', lastOffsetDelta: 2, partitionLeaderEpoch: 0 }
  const inBatch = [0n, 1n, 2n].map((o) => ({ ...message(o, 0, o === 2n), batchContext: batch }))
  const script: Script = (positions) => ({
    0: { end: 3n, messages: (positions.get(0) ?? 0n) < 3n ? inBatch : [] },
  })
  const scene = world({ 0: 1 }, { 1: script })
  scene.following.positions.set(0, 1n)
  await runUntil(scene, [0], () => scene.follower.emptyEnds.has(0))
  expect(scene.follower.records.map((record) => record.offset)).toEqual([1n])
  expect(scene.following.positions.get(0)).toBe(3n)
})

test('a leader that went and came back between two fetches shows in the epoch of its batches', async () => {
  const script: Script = (positions) => {
    const position = positions.get(0) ?? 0n
    return { 0: { end: 9n, messages: [message(position, position < 2n ? 4 : 5)] } }
  }
  const scene = world({ 0: 1 }, { 1: script })
  await runUntil(scene, [0], () => scene.follower.records.length === 4)
  expect(scene.follower.reconnects).toEqual([0])
  expect(scene.sessions()).toBe(1)
})

test('partitions of different leaders are followed apart: one that is slow delays no other', async () => {
  const quick: Script = (positions) => {
    const position = positions.get(1) ?? 0n
    return { 1: { end: 9n, messages: position < 3n ? [message(position)] : [] } }
  }
  const stuck: Script = () => {
    throw Object.assign(new Error('no answer'), { name: 'KafkaJSRequestTimeoutError' })
  }
  const scene = world({ 0: 1, 1: 2 }, { 1: stuck, 2: quick })
  await runUntil(scene, [0, 1], () => scene.follower.records.length === 3)
  expect(scene.follower.records.map((record) => record.partition)).toEqual([1, 1, 1])
})

test('trouble costs a new session, one reconnect call, and neither loses nor repeats a record', async () => {
  const script: Script = (positions, turn) => {
    if (turn === 1) throw Object.assign(new Error('closed'), { name: 'KafkaJSConnectionError' })
    const position = positions.get(0) ?? 0n
    return { 0: { end: 3n, messages: position < 3n ? [message(position)] : [] } }
  }
  const scene = world({ 0: 1 }, { 1: script })
  await runUntil(scene, [0], () => scene.follower.records.length === 3)
  expect(scene.follower.records.map((record) => record.offset)).toEqual([0n, 1n, 2n])
  expect(scene.follower.reconnects).toEqual([0])
  expect(scene.sessions()).toBe(2)
})

test('a defect of the client ends the follow instead of being waited out for ever', async () => {
  const script: Script = () => {
    throw new TypeError('x is undefined')
  }
  const scene = world({ 0: 1 }, { 1: script })
  await expect(scene.run([0])).rejects.toMatchObject({ code: 'invariant.broken' })
  expect(scene.sessions()).toBe(1)
})

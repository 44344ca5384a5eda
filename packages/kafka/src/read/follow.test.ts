import type { FreshetError } from '@freshet/protocol'
import { recordingFollower, type RecordingFollower } from '@freshet/testkit'
import { expect, test } from 'vitest'
import { batchBytes, type BatchPlan } from '../../../../test/setup/kafka-batches.ts'
import type { BrokerHandle, ClusterHandle } from '../client/internals.ts'
import type { BrokerSession } from '../client/session.ts'
import { clientTrouble } from '../errors/client-trouble.ts'
import { ByteReader } from '../protocol/byte-reader.ts'
import type { Metadata } from '../protocol/cluster-metadata.ts'
import { ask, type readFetchAnswer } from '../protocol/fetch.ts'
import type { QuietFetch } from './coalesced-fetch.ts'
import { followGroup, type Following } from './follow.ts'

type Answer = { readonly end: bigint; readonly batches: readonly BatchPlan[] }
/** A leader's answer to one fetch, or the error that it throws. */
type Script = (positions: ReadonlyMap<number, bigint>, turn: number) => Record<number, Answer>

function batch(baseOffset: bigint, leaderEpoch = 0, count = 1): BatchPlan {
  const value = Buffer.from(`${baseOffset}`)
  const records = Array.from({ length: count }, () => ({ key: null, value, headers: {} }))
  return { baseOffset, leaderEpoch, records }
}

/** Reads the positions from the encoded request that would be sent to the broker. */
function positionsOf(encoded: Buffer): ReadonlyMap<number, bigint> {
  const from = new ByteReader(encoded, 29)
  from.text()
  const count = from.int32()
  const entries = Array.from({ length: count }, () => {
    const partition = from.int32()
    from.at += 4
    const offset = from.int64()
    from.at += 12
    return [partition, offset] as const
  })
  return new Map(entries)
}

function metadataOf(leads: Record<number, number>): Pick<Metadata, 'topicMetadata'> {
  const partitionMetadata = Object.entries(leads).map(([partition, leader]) => ({
    partitionErrorCode: 0,
    partitionId: Number(partition),
    leader,
    replicas: [],
  }))
  return { topicMetadata: [{ topicErrorCode: 0, topic: 't', partitionMetadata }] }
}

interface World {
  readonly following: Following
  readonly follower: RecordingFollower
  readonly troubles: readonly FreshetError[]
  readonly gaps: readonly bigint[]
  readonly sessions: () => number
  readonly run: (partitions: readonly number[]) => Promise<void>
}

/** Returns leaders by node id. `leads` names the leading node of each partition. */
function world(leads: Record<number, number>, scripts: Record<number, Script>): World {
  const stop = new AbortController()
  const troubles: FreshetError[] = []
  const follower = Object.assign(recordingFollower(), {
    onTrouble: (error: FreshetError) => void troubles.push(error),
  })
  const gaps: bigint[] = []
  let sessions = 0
  const turns = new Map<number, number>()
  const brokerOf = (nodeId: number): BrokerHandle =>
    ({
      connectionPool: {
        send: async ({ request }: { request: { encode: () => Promise<{ buffer: Buffer }> } }) => {
          // A leader answers later, never in the same turn: the loop must let other work run.
          await new Promise((resolve) => setImmediate(resolve))
          const turn = turns.get(nodeId) ?? 0
          turns.set(nodeId, turn + 1)
          const positions = positionsOf((await request.encode()).buffer)
          const answers = Object.entries(scripts[nodeId]?.(positions, turn) ?? {})
          const partitions = answers.map(async ([partition, { end, batches }]) => ({
            topic: 't',
            partition: Number(partition),
            errorCode: 0,
            end,
            bytes: Buffer.concat(await Promise.all(batches.map(batchBytes))),
          }))
          return {
            throttleMs: 0,
            partitions: await Promise.all(partitions),
          } satisfies ReturnType<typeof readFetchAnswer>
        },
      },
    }) as unknown as BrokerHandle
  const cluster = {
    connect: async () => {},
    addTargetTopic: async () => {},
    refreshMetadata: async () => {},
    brokerPool: { metadata: metadataOf(leads) },
    findBroker: async ({ nodeId }: { nodeId: number }) => brokerOf(nodeId),
  } as unknown as ClusterHandle
  const session = (): BrokerSession => {
    sessions++
    return { cluster, isSilent: () => false, close: async () => {}, retire: async () => {} }
  }
  const trouble = clientTrouble({ brokers: ['127.0.0.1:1'], clientId: 'test' })
  const open = Object.assign(session, { trouble })
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
  return { following, follower, troubles, gaps, sessions: () => sessions, run }
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
  const held = [batch(5n)]
  const script: Script = (positions) => {
    const position = positions.get(0) ?? 0n
    return { 0: { end: 6n, batches: position < 3n ? [] : held.filter(() => position <= 5n) } }
  }
  const scene = world({ 0: 1 }, { 1: script })
  await runUntil(scene, [0], () => scene.follower.records.length === 1)
  expect(scene.gaps).toEqual([0n, 1n, 2n])
  expect(scene.follower.records[0]?.offset).toBe(5n)
})

test('an empty answer among several partitions can be for want of room: nothing is passed on', async () => {
  const script: Script = (positions, turn) => ({
    0: { end: 9n, batches: positions.get(0) === 0n ? [batch(0n)] : [] },
    1: { end: 1n, batches: turn > 2 && positions.get(1) === 0n ? [batch(0n)] : [] },
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
  const both = [batch(0n, 0, 2), { ...batch(2n), isControl: true }]
  const script: Script = (positions) => ({
    0: { end: 3n, batches: (positions.get(0) ?? 0n) < 3n ? both : [] },
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
    return { 0: { end: 9n, batches: [batch(position, position < 2n ? 4 : 5)] } }
  }
  const scene = world({ 0: 1 }, { 1: script })
  await runUntil(scene, [0], () => scene.follower.records.length === 4)
  expect(scene.follower.reconnects).toEqual([0])
  expect(scene.sessions()).toBe(1)
})

test('partitions of different leaders are followed apart: one that is slow delays no other', async () => {
  const quick: Script = (positions) => {
    const position = positions.get(1) ?? 0n
    return { 1: { end: 9n, batches: position < 3n ? [batch(position)] : [] } }
  }
  const stuck: Script = () => {
    throw Object.assign(new Error('no answer'), { name: 'KafkaJSRequestTimeoutError' })
  }
  const scene = world({ 0: 1, 1: 2 }, { 1: stuck, 2: quick })
  await runUntil(scene, [0, 1], () => scene.follower.records.length === 3)
  expect(scene.follower.records.map((record) => record.partition)).toEqual([1, 1, 1])
})

test('a partition without a leader is waited for, and the others are read meanwhile', async () => {
  const quick: Script = (positions) => {
    const position = positions.get(1) ?? 0n
    return { 1: { end: 3n, batches: position < 3n ? [batch(position)] : [] } }
  }
  const scene = world({ 0: -1, 1: 2 }, { 2: quick })
  await runUntil(scene, [0, 1], () => scene.follower.records.length === 3)
  expect(scene.troubles).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining('t/0: no broker leads') }),
  )
})

test('trouble costs a new session, one reconnect call, and neither loses nor repeats a record', async () => {
  const script: Script = (positions, turn) => {
    if (turn === 1) throw Object.assign(new Error('closed'), { name: 'KafkaJSConnectionError' })
    const position = positions.get(0) ?? 0n
    return { 0: { end: 3n, batches: position < 3n ? [batch(position)] : [] } }
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

test('a loop shares its fetches while its follower is done at once, and asks alone after it was busy', async () => {
  const script: Script = (positions) => {
    const position = positions.get(0) ?? 0n
    const isLeft = position < 3n
    const batches = isLeft ? [batch(position)] : []
    return { 0: { end: isLeft ? position + 1n : position, batches } }
  }
  const scene = world({ 0: 1 }, { 1: script })
  const shared: (bigint | undefined)[] = []
  const onRecords = scene.follower.onRecords.bind(scene.follower)
  Object.assign(scene.follower, {
    onRecords: async (...given: Parameters<typeof onRecords>) => {
      await onRecords(...given)
      if (given[1][0]?.offset !== 1n) return
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    },
  })
  Object.assign(scene.following, {
    coalescedFetch: async ({ leader, topic, positions }: QuietFetch) => {
      shared.push(positions.get(0))
      return { parts: await ask(leader, topic, positions, 0), requested: positions.size }
    },
  })
  await runUntil(scene, [0], () => scene.follower.records.length === 3 && shared.length >= 2)
  expect(shared.slice(0, 2)).toEqual([1n, 3n])
})

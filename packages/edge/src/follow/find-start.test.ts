import { partitionOf } from '@freshet/protocol'
import {
  encodeCheckpoint,
  generateKey,
  importSigningKey,
  readCheckpoint,
  REVOCATIONS_TOPIC,
} from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findStart, type Start } from './find-start.ts'
import { Turns } from './turns.ts'

const HERS = partitionOf(ALICE)
const LIFE_MS = 3_600_000
let world: EdgeWorld
let edges: EdgesIn

/** Root, map, heartbeats; then a base behind them, a revocation, and heartbeats that name this base. */
beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  world.tokenLifeMaxMs = LIFE_MS
  await world.begin()
  await world.liveFor(2_000)
})

afterEach(() => edges.closeAll())

async function moveOn(): Promise<void> {
  world.moveBase()
  await world.announce(world.map)
  await world.publish(HERS, [world.groupsLost(10_000n)])
  await world.liveFor(2_000)
}

async function startOf(): Promise<Start | undefined> {
  const turns = new Turns(world.clock, 5)
  const keys = { find: () => world.keys.checkpoints[0] }
  const [bounds] = await world.log.bounds(REVOCATIONS_TOPIC, [HERS])
  if (bounds === undefined) throw new Error('no bounds')
  return findStart({ reader: world.log, keys, tokenLifeMaxMs: LIFE_MS, turns }, bounds)
}

const last = (): bigint => world.log.records(REVOCATIONS_TOPIC, HERS).at(-1)?.offset ?? -1n

describe('rule 31: where an edge begins to read', () => {
  it('is behind the base that the newest heartbeat names', async () => {
    const before = last()
    await moveOn()
    expect(await startOf()).toMatchObject({ base: { offset: before }, pathUntil: last() })
  })

  it('is found behind many records that are no heartbeats', async () => {
    const before = last()
    await moveOn()
    for (let n = 0; n < 100; n += 1) await world.publish(HERS, [world.groupsLost(10_000n)])
    expect(await startOf()).toMatchObject({ base: { offset: before } })
  })

  it.each([
    ['states no T_max, as publishers of older versions', undefined],
    ['states a T_max below that of the edge', LIFE_MS - 1],
  ])('is the earliest offset where the heartbeat %s', async (_, lifeMs) => {
    delete world.tokenLifeMaxMs
    if (lifeMs !== undefined) world.tokenLifeMaxMs = lifeMs
    await moveOn()
    expect(await startOf()).toBeUndefined()
  })

  it('is the earliest offset where retention took what follows base', async () => {
    await moveOn()
    world.log.dropBefore(REVOCATIONS_TOPIC, HERS, last())
    expect(await startOf()).toBeUndefined()
  })

  it('rule 50: reads every heartbeat where the newest one rests on lists of tenants', async () => {
    await moveOn()
    const newest = world.log.records(REVOCATIONS_TOPIC, HERS).at(-1)
    const read = newest && readCheckpoint(newest)
    const heartbeat = read?.checkpoint.heartbeat
    if (!read || !heartbeat) throw new Error('The topic does not end with a heartbeat.')
    const groups = [{ list: 'a'.repeat(43), sources: new Map([['hr', 1]]) }]
    const checkpoint = { ...read.checkpoint, heartbeat: { ...heartbeat, groups } }
    const { record } = await encodeCheckpoint(checkpoint, world.checkpointKey)
    await world.log.append(REVOCATIONS_TOPIC, HERS, [record])
    expect(await startOf()).toMatchObject({ base: heartbeat.base, pathUntil: 0n })
  })

  it('is not decided by a heartbeat that no key of the edge signed', async () => {
    const before = last()
    await moveOn()
    const forger = importSigningKey((await generateKey('EdDSA', 'checkpoint-1')).privateJwk)
    world.moveBase()
    await world.heartbeat({ key: forger })
    expect(await startOf()).toMatchObject({ base: { offset: before }, pathUntil: last() - 1n })
  })

  it('is the earliest offset in a partition that holds nothing', async () => {
    world.log.dropBefore(REVOCATIONS_TOPIC, HERS, last() + 1n)
    expect(await startOf()).toBeUndefined()
  })
})

describe('an edge that begins behind a base', () => {
  it('reads nothing before it, knows what was revoked since, and is live by the next heartbeat', async () => {
    await world.publish(HERS, [world.groupsLost(9_000n)])
    await moveOn()
    const edge = await edges.start()
    await world.clock.advance(0)
    await world.liveFor(1_000)
    await edge.ready()
    const { verdict } = await edge.verify(world.token())
    expect([verdict.kind, edge.stats().watermarks]).toEqual(['stale', 1])
    const label = { e: 1n, s: 10_000n, c: 1n }
    expect((await edge.verify(world.token({ label }))).verdict.kind).toBe('fresh')
  })

  it('rule 17: is not live by what stood there when it started', async () => {
    await moveOn()
    const edge = await edges.start()
    await world.clock.advance(3_000)
    expect((await edge.verify(world.token())).verdict.kind).not.toBe('fresh')
    expect(edge.stats().state).toBe('starting')
  })
})

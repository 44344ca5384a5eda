import { partitionOf } from '@freshet/domain'
import { decodeEdgeReport } from '@freshet/events'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from './edge.ts'
import { EDGE_REPORTS_TOPIC } from '@freshet/events'

const HERS = partitionOf(ALICE)
let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(async () => {
  await edges.closeAll()
})

const verdictOf = async (edge: Edge, jwt: string, claim = 'groups'): Promise<unknown> =>
  (await edge.verify(jwt, { uses: [claim] })).verdict

describe('limits', () => {
  it('of watermarks make everything unverified instead of dropping one', async () => {
    const edge = await edges.live({ limits: { watermarks: 1 } })
    await world.publish(HERS, [world.groupsLost(50n)])
    await world.clock.advance(0)
    expect(await verdictOf(edge, world.token())).toEqual({ kind: 'fresh' })
    const bob = { ...ALICE, sub: 'bob' }
    const lost = { ...world.groupsLost(50n), subject: bob, partition: partitionOf(bob) }
    await world.publish(partitionOf(bob), [lost])
    await world.clock.advance(0)
    expect(await verdictOf(edge, world.token())).toMatchObject({ kind: 'unverified' })
  })

  it.each([{ watermarks: 0 }, { sessions: 1.5 }])('of %o are refused', async (limits) => {
    await expect(edges.start({ limits })).rejects.toMatchObject({ code: 'config.invalid' })
  })
})

describe('the broker', () => {
  it('away at the start is tried again until it answers', async () => {
    await world.begin()
    world.log.away(true)
    const edge = await edges.start()
    await world.clock.advance(10_000)
    expect(edge.stats()).toMatchObject({ state: 'starting', trouble: 'broker.unavailable' })
    world.log.away(false)
    await world.clock.advance(5_000)
    await world.liveFor(1_000)
    await edge.ready()
    expect(await verdictOf(edge, world.token())).toEqual({ kind: 'fresh' })
  })
})

describe('reports', () => {
  it('tell every second how far each partition is applied, and once more at the end', async () => {
    const edge = await edges.live()
    await world.publish(HERS, [world.groupsLost(101n)])
    await world.liveFor(1_000)
    await edge.decide({ token: world.token() })
    await edges.closeAll()
    const reports = [0, 1, 2].flatMap((partition) =>
      world.log.records(EDGE_REPORTS_TOPIC, partition).map((record) => decodeEdgeReport(record)),
    )
    expect(reports.at(-1)).toMatchObject({ edge: 'edge-1', state: 'closing' })
    const applies = reports.flatMap((each) => each?.partitions[HERS]?.applies ?? [])
    expect(applies).toHaveLength(1)
    expect(reports.map((each) => each?.decisions.deny)).toContain(1)
    expect(reports.reduce((sum, each) => sum + (each?.decisions.deny ?? 0), 0)).toBe(1)
  })
})

describe('closing', () => {
  it('ends ready, sessions and the feed, once', async () => {
    await world.begin()
    let closed = 0
    const close = async (): Promise<void> => void (closed += 1)
    const edge = await edges.start({ revocations: { reader: world.log, close } })
    await Promise.all([edge.close(), edge.close()])
    await expect(edge.ready()).rejects.toMatchObject({ code: 'edge.not-live' })
    expect(closed).toBe(1)
  })
})

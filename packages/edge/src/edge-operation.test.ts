import { partitionOf } from '@freshet/protocol'
import {
  checkReportSignature,
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  edgeReportPartition,
  generateKey,
  importJwks,
} from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from './edge.ts'
import type { KeyedClient } from './keyed-client.ts'

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
  it('a loss of watermarks makes everything unverified instead of dropping one', async () => {
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
  it('report every second how far each partition is applied, and once more at the end', async () => {
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

  const recordsOf = async (options: Parameters<EdgesIn['live']>[0]) => {
    await edges.live(options)
    await world.liveFor(2_000)
    await edges.closeAll()
    return world.log.records(EDGE_REPORTS_TOPIC, edgeReportPartition('edge-1'))
  }

  it('are signed by the client that the edge is given, each with its number', async () => {
    const { privateJwk, publicJwk } = await generateKey('ES256', 'edge-key')
    const keys = importJwks({ keys: [publicJwk] })
    const records = await recordsOf({ signReports: { id: 'payments-edge', key: privateJwk } })
    expect(records.length).toBeGreaterThan(2)
    for (const record of records) {
      expect(checkReportSignature(record, keys)).toEqual({ kind: 'valid', kid: 'edge-key' })
      expect(decodeEdgeReport(record)).toMatchObject({ client: 'payments-edge' })
    }
    const numbers = records.map((record) => decodeEdgeReport(record)?.n)
    expect(new Set(numbers).size).toBe(records.length)
  })

  it('are not signed by default (control)', async () => {
    const records = await recordsOf({})
    for (const record of records) {
      expect(checkReportSignature(record, [])).toEqual({ kind: 'none' })
      expect(decodeEdgeReport(record)).not.toHaveProperty('client')
    }
  })

  it('are not signed by a client without a name, or by a public key', async () => {
    const { privateJwk: key, publicJwk } = await generateKey('ES256', 'edge-key')
    const refused = (signReports: KeyedClient, option: string) =>
      expect(edges.start({ signReports })).rejects.toMatchObject({
        code: 'config.invalid',
        message: expect.stringContaining(option),
      })
    await refused({ id: '', key }, 'signReports.id')
    await refused({ id: 'payments-edge', key: publicJwk }, 'signReports.key')
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

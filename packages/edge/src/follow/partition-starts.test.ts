import { FreshetError, partitionOf, PARTITIONS } from '@freshet/protocol'
import type { LogReader } from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'

const HERS = partitionOf(ALICE)
const OTHERS = PARTITIONS.filter((partition) => partition !== HERS)
let world: EdgeWorld
let edges: EdgesIn
let hasLeader: boolean

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  hasLeader = false
  await world.begin()
})

afterEach(() => edges.closeAll())

/** The broker, too, answers nothing about several partitions if one of them has no leader. */
function withoutLeader(): LogReader {
  const refuse = (partitions: readonly number[]): void => {
    if (hasLeader || !partitions.includes(HERS)) return
    throw new FreshetError('broker.unavailable', `${HERS} has no leader.`)
  }
  return {
    bounds: async (topic, partitions = PARTITIONS) => {
      refuse(partitions)
      return await world.log.bounds(topic, partitions)
    },
    read: (...args) => world.log.read(...args),
    follow: (...args) => world.log.follow(...args),
  }
}

const verdict = async (edge: Edge, sub: string): Promise<string> =>
  (await edge.verify(world.token({ claims: { sub } }))).verdict.kind

const other = ['bob', 'carol', 'dave'].find((sub) => partitionOf({ ...ALICE, sub }) !== HERS) ?? ''

describe('an edge that starts while one partition has no leader', () => {
  it('follows the others at once, is not ready, and names the partition', async () => {
    const edge = await edges.start({ revocations: { reader: withoutLeader() } })
    await world.liveFor(2_000)
    expect(edge.stats()).toMatchObject({
      state: 'starting',
      partitions: OTHERS.map((partition) => ({ partition, live: true })),
      trouble: 'broker.unavailable',
    })
    expect([await verdict(edge, other), await verdict(edge, ALICE.sub)]).toEqual([
      'fresh',
      'unverified',
    ])
    const ready = edge.ready({ timeoutMs: 1_000 }).catch((error: unknown) => error)
    await world.liveFor(1_000)
    expect(String(await ready)).toContain(
      `partition ${HERS} of freshet.revocations.v1 cannot be read ` +
        `(broker.unavailable: ${HERS} has no leader).`,
    )
  })

  it('follows that partition too, once it has a leader', async () => {
    const edge = await edges.start({ revocations: { reader: withoutLeader() } })
    await world.liveFor(10_000)
    await world.publish(HERS, [world.groupsLost(10_000n)])
    hasLeader = true
    await world.liveFor(6_000)
    await edge.ready({ timeoutMs: 1 })
    expect(await verdict(edge, ALICE.sub)).toBe('stale')
    const { partitions, trouble } = edge.stats()
    expect([partitions.map((each) => each.partition), trouble]).toEqual([PARTITIONS, undefined])
  })

  it('control: follows none where partitions are never asked for by themselves', async () => {
    const reader = withoutLeader()
    const combined: LogReader = { ...reader, bounds: (topic) => reader.bounds(topic) }
    const edge = await edges.start({ revocations: { reader: combined } })
    await world.liveFor(2_000)
    expect(edge.stats().partitions).toEqual([])
    expect(await verdict(edge, other)).toBe('unverified')
  })
})

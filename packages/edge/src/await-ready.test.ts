import { PARTITIONS, partitionOf } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld, fakeLog } from '@freshet/testkit'
import type { EdgesIn, EdgeWorld, HeartbeatPlan } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from './edge.ts'

let world: EdgeWorld
let edges: EdgesIn

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
})

afterEach(() => edges.closeAll())

/** The error of `ready` after two seconds, and `stats` at that moment. */
async function errorOf(edge: Edge): Promise<Error & { readonly code: string }> {
  const waiting = edge.ready({ timeoutMs: 2_000 }).then(
    () => new Error('ready'),
    (error: unknown) => error,
  )
  await world.clock.advance(2_000)
  const error = (await waiting) as Error & { readonly code: string }
  expect(error.message).toBe(`The edge is not ready after 2 s: ${edge.stats().waitsFor}`)
  return error
}

describe('ready with a timeout rejects and names', () => {
  it('the keys, with the address of the authority', async () => {
    const edge = await edges.start({ fetch: () => Promise.reject(new Error('ECONNREFUSED')) })
    const error = await errorOf(edge)
    expect(error).toMatchObject({ code: 'edge.not-live', cause: { code: 'keys.unavailable' } })
    expect(error.message).toMatch(/the keys of https:\/\/tokens.acme.example are not known/)
    expect(error.message).toMatch(/ECONNREFUSED\)\. Check that the authority answers at https/)
  })

  it('the broker', async () => {
    const reader = { ...world.log, bounds: () => Promise.reject(new Error('no broker')) }
    const error = await errorOf(await edges.start({ revocations: { reader } }))
    expect(error.message).toMatch(/freshet.revocations.v1 cannot be read\. Check the addresses/)
    expect(error.cause).toMatchObject({ message: 'no broker' })
  })

  it('the partitions without a verified checkpoint', async () => {
    const error = await errorOf(await edges.start())
    expect(error.message).toMatch(/no checkpoint is verified in partitions 0, 1, 2/)
    expect(error.message).toMatch(/Check that the reconciler runs/)
  })

  it('the one partition without a verified checkpoint', async () => {
    await world.begin()
    const reader = fakeLog(PARTITIONS.length, () => world.clock.nowMs())
    const edge = await edges.start({
      revocations: {
        reader: {
          ...reader,
          bounds: (...args) => world.log.bounds(...args),
          follow: (topic, from, follower, signal) =>
            world.log.follow(topic, new Map([...from].filter(([p]) => p !== 3)), follower, signal),
        },
      },
    })
    await world.heartbeat()
    expect((await errorOf(edge)).message).toMatch(/verified in partition 3 of/)
  })
})

describe('ready with a timeout', () => {
  it('resolves before it where the edge catches up, and later calls too', async () => {
    await world.begin()
    const edge = await edges.start()
    const waiting = edge.ready({ timeoutMs: 5_000 })
    await world.liveFor(1_000)
    await waiting
    await world.clock.advance(60_000)
    await edge.ready({ timeoutMs: 1 })
    expect(edge.stats().waitsFor).toBeUndefined()
  })

  it('leaves the edge as it is, so that a second call can succeed', async () => {
    const edge = await edges.start()
    await errorOf(edge)
    await world.begin()
    await world.liveFor(1_000)
    await edge.ready({ timeoutMs: 1_000 })
  })

  it.each([0, -1, Number.NaN, 2 ** 31])('of %s ms is refused', async (timeoutMs) => {
    const edge = await edges.start()
    await expect(edge.ready({ timeoutMs })).rejects.toMatchObject({ code: 'config.invalid' })
  })
})

describe('an edge that starts while all sources are silent', () => {
  /** The time of every source's last heartbeat. */
  let silent: HeartbeatPlan

  beforeEach(async () => {
    await world.begin()
    const sentAtMs = world.clock.nowMs()
    const sources = [...world.map.leasesMs.keys()]
    silent = { through: Object.fromEntries(sources.map((source) => [source, sentAtMs])) }
    await world.liveFor(20_000, silent)
  })

  it('is ready by the heartbeats that come, and calls nothing fresh', async () => {
    const edge = await edges.start()
    expect(edge.stats().waitsFor).toMatch(
      /no heartbeat has come since the start in partitions 0, 1/,
    )
    await world.liveFor(1_000, silent)
    await edge.ready({ timeoutMs: 1 })
    expect(edge.stats()).toMatchObject({ state: 'unverified', waitsFor: undefined })
    for (const uses of [undefined, [], ['groups']])
      expect((await edge.verify(world.token(), uses && { uses })).verdict.kind).toBe('unverified')
  })

  it('calls tokens fresh as soon as the sources send something, and knows the earlier losses', async () => {
    const edge = await edges.start()
    await world.liveFor(1_000, silent)
    const lost = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
    await world.liveFor(1_000)
    const kept = world.token({ label: { e: 1n, s: 101n, c: 101n } })
    expect((await edge.verify(kept)).verdict.kind).toBe('fresh')
    expect((await edge.verify(lost)).verdict.kind).toBe('stale')
  })

  it('is not ready where the publisher is silent too, whatever old heartbeats are shown again', async () => {
    const edge = await edges.start()
    for (const partition of PARTITIONS) {
      const shown = await world.log.read(REVOCATIONS_TOPIC, partition, 0n, 1_000)
      const again = shown.map(({ key, value, headers }) => ({ key, value, headers }))
      await world.log.append(REVOCATIONS_TOPIC, partition, again)
    }
    await world.clock.advance(2_000)
    const error = await errorOf(edge)
    expect(error.message).toMatch(/no heartbeat has come since the start/)
    expect((await edge.verify(world.token())).verdict.kind).toBe('unverified')
  })
})

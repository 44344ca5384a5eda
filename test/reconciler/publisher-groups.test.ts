import { FEEDS_STATED_ALONE_MAX, FreshetError, LISTS_AGAIN_MS } from '@freshet/protocol'
import { tenantListName } from '@freshet/wire'
import type { SourceThrough, ThroughGroup } from '@freshet/protocol'
import type { PublisherStore } from '@freshet/reconciler'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkpointsOf, publisherWorld, type PublisherWorld } from './publisher-world.ts'

const TENANTS = Array.from({ length: FEEDS_STATED_ALONE_MAX + 1 }, (_, n) => `t${1_000 + n}`)
const LIST = tenantListName(TENANTS)

let world: PublisherWorld
let storeFails: boolean
let owned: AbortController
/** The number of reads of the feeds. */
let readings: number

beforeEach(async () => {
  world = await publisherWorld()
  storeFails = false
  owned = new AbortController()
  readings = 0
  world.start('a', { store: withTenants(world.store), signal: owned.signal })
  await world.pass(200)
})
afterEach(() => {
  owned.abort()
  return world.close()
})

/** `hr` has sent everything of every tenant up to now. */
function withTenants(store: PublisherStore): PublisherStore {
  return {
    ...store,
    async snapshot(partition, reads) {
      const snapshot = await store.snapshot(partition, reads)
      if (snapshot.through === null) return snapshot
      readings += 1
      const ofHr: SourceThrough = { atMs: world.clock.nowMs(), state: 'complete' }
      const through = new Map(TENANTS.map((tenant) => [tenant, new Map([['hr', ofHr]])]))
      return { ...snapshot, through }
    },
    store: (head) =>
      storeFails
        ? Promise.reject(new FreshetError('database.unavailable', 'The head was not stored.'))
        : store.store(head),
  }
}

/** The groups of all heartbeats since the last call. */
const seen = { count: 0 }
async function groups(): Promise<readonly ThroughGroup[]> {
  const all = checkpointsOf(await world.published()).flatMap(
    ({ checkpoint }) => checkpoint.heartbeat?.groups ?? [],
  )
  const some = all.slice(seen.count)
  seen.count = all.length
  return some
}

const carried = (some: readonly ThroughGroup[]): readonly boolean[] =>
  some.map(({ tenants }) => tenants !== undefined)

describe('a publisher of many feeds (rule 50)', () => {
  beforeEach(async () => {
    seen.count = 0
    // An owner's first heartbeat comes at once, the next one at the common time of all partitions.
    expect(carried(await groups())).toEqual([true, false])
  })

  test('sends the list of tenants once, then names it', async () => {
    await world.pass(3_000)
    const some = await groups()
    expect(carried(some)).toEqual([false, false, false])
    expect(new Set(some.map(({ list }) => list))).toEqual(new Set([LIST]))
  })

  test('reads the feeds for each heartbeat, and not for what it publishes between', async () => {
    const before = readings
    for (let n = 0; n < 10; n += 1) {
      world.recorded(`change-${n}`)
      await world.pass(300)
    }
    const heartbeats = (await groups()).length
    expect(heartbeats).toBeGreaterThan(1)
    expect(readings - before).toBe(heartbeats)
  })

  test('sends it again before a base can pass it', async () => {
    await world.pass(LISTS_AGAIN_MS - 1_000)
    expect(carried(await groups()).some(Boolean)).toBe(false)
    await world.pass(2_000)
    expect(carried(await groups())).toEqual([true, false])
  })

  test('sends it again where the head was not stored: nothing is known to stand', async () => {
    storeFails = true
    await world.pass(1_000)
    storeFails = false
    await world.pass(2_000)
    const some = carried(await groups())
    expect(some.slice(0, 2)).toEqual([false, true])
    expect(some.slice(2).every((each) => !each)).toBe(true)
  })

  test('another owner sends it again', async () => {
    owned.abort()
    await world.pass(500)
    world.start('b', { store: withTenants(world.store) })
    await world.pass(2_000)
    expect(carried(await groups())[0]).toBe(true)
  })
})

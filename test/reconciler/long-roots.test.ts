import type { LogWriter } from '@freshet/wire'
import type { PublisherStore } from '@freshet/reconciler'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  changesIn,
  checkpointsOf,
  HERE,
  pathOf,
  publisherWorld,
  type PublisherWorld,
  type Unusual,
} from './publisher-world.ts'

let world: PublisherWorld
/** The result for each head to store: whether it was a new root. */
let storedAnew: boolean[]

beforeEach(async () => {
  world = await publisherWorld()
  storedAnew = []
})
// An append that a test made slow ends as time passes.
afterEach(() => Promise.all([world.close(), world.pass(5_000)]))

const start = (owner: string, unusual: Unusual = {}): void => {
  const { store: given = world.store } = unusual
  const store: PublisherStore = {
    ...given,
    store(head) {
      storedAnew.push(head.isAnew)
      return given.store(head)
    },
  }
  world.start(owner, { ...unusual, store })
}

describe('a publisher that writes a new root', () => {
  /** More than one step of the memory adapter holds. */
  const MANY = 9
  const rootHeld = (): Promise<readonly string[]> => world.published().then(changesIn)
  /** Returns a broker that takes so long for each batch. */
  const slow = (ms: number): LogWriter => ({
    async append(...sent) {
      await world.clock.sleep(ms)
      return world.log.append(...sent)
    },
  })
  const all = Array.from({ length: MANY }, (_, n) => `c${n}`)

  test('sends every live row in batches without a heartbeat, and rows that wait behind the root (rules 11 and 49)', async () => {
    for (const id of all) world.recorded(id)
    start('a')
    await world.pass(300)
    const [root, ...behind] = checkpointsOf(await world.published())
    expect(root?.checkpoint).toMatchObject({ previous: null, count: 0 })
    const counts = behind.map(({ checkpoint }) => [checkpoint.count, !!checkpoint.heartbeat])
    // All rows wait, too: the heartbeat comes behind them.
    expect(counts.slice(0, 4)).toEqual([
      [4, false],
      [4, false],
      [1, false],
      [MANY, true],
    ])
    expect(await rootHeld()).toEqual([...all, ...all])
    expect(pathOf(await world.published()).at(-1)).toBe(root?.hash)
    expect(storedAnew.slice(0, 2)).toEqual([true, false])
  })

  test('a row that comes while a root is sent waits, and is published behind it (rules 11 and 49)', async () => {
    for (const id of all) world.recorded(id)
    start('a', { writer: slow(500) })
    await world.pass(1_200)
    world.recorded('late')
    await world.pass(6_000)
    const changes = await rootHeld()
    expect(changes.indexOf('late')).toBeGreaterThanOrEqual(MANY)
    expect(world.database.outbox.values()).toEqual([])
    const first = checkpointsOf(await world.published()).find(
      ({ checkpoint }) => checkpoint.heartbeat,
    )
    const late = (await world.published()).findIndex((each) => changesIn([each])[0] === 'late')
    expect(Number(first?.offset)).toBeGreaterThan(late)
  })

  test('keeps its partition however long the root takes (rule 49)', async () => {
    for (const id of all) world.recorded(id)
    start('a', { writer: slow(4_000) })
    await world.pass(1_000)
    start('b')
    await world.pass(14_000)
    expect(storedAnew).toEqual([])
    expect(world.database.publishers.get(String(HERE))).toMatchObject({ owner: 'a' })
    await world.pass(5_000)
    expect(storedAnew[0]).toBe(true)
    const roots = checkpointsOf(await world.published()).filter((each) => !each.checkpoint.previous)
    expect(roots).toHaveLength(1)
  })

  test('control: one that does not renew loses it, and its root is not stored', async () => {
    for (const id of all) world.recorded(id)
    const store = { ...world.store, renew: () => Promise.resolve(true) }
    start('a', { writer: slow(4_000), store })
    await world.pass(1_000)
    start('b')
    await world.pass(15_000)
    expect(world.database.publishers.get(String(HERE))).toMatchObject({ owner: 'b' })
  })

  test('stops in the middle when another takes its partition (rules 29 and 49)', async () => {
    for (const id of all) world.recorded(id)
    start('a', { writer: slow(1_000) })
    await world.pass(1_200)
    const row = world.database.publishers.get(String(HERE)) ?? expect.unreachable()
    const renewedAtMs = world.clock.nowMs() + 60_000
    const taken = { generation: row.generation + 1n, owner: 'b', renewedAtMs }
    world.database.publishers.set(String(HERE), { ...row, ...taken })
    await world.pass(2_000)
    const before = await rootHeld()
    expect(before.length).toBeLessThan(MANY)
    await world.pass(5_000)
    expect(await rootHeld()).toEqual(before)
    expect(storedAnew).toEqual([])
  })

  test('stops in the middle when the process ends', async () => {
    for (const id of all) world.recorded(id)
    const ended = new AbortController()
    start('a', { writer: slow(500), signal: ended.signal })
    await world.pass(1_200)
    ended.abort()
    await world.pass(1_000)
    const before = await rootHeld()
    expect(before.length).toBeLessThan(MANY)
    await world.pass(5_000)
    expect(await rootHeld()).toEqual(before)
    expect(world.database.publishers.get(String(HERE))?.owner).toBeNull()
  })
})

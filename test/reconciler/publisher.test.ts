import { claimMapOf, FreshetError } from '@freshet/protocol'
import {
  decodeRevocation,
  encodeClaimMap,
  REVOCATIONS_TOPIC,
  type LogRecord,
  type LogWriter,
} from '@freshet/wire'
import { createWakeUp, type PublisherStore } from '@freshet/reconciler'
import { acmeRegistry } from '@freshet/testkit'
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
let storeFails: boolean
/** The times at which heads were to be stored. */
let storedAtMs: number[]
/** The result for each head to store: whether it was a new root. */
let storedAnew: boolean[]
let rowsMax: number
let beforeAnew: () => void

beforeEach(async () => {
  world = await publisherWorld()
  storeFails = false
  storedAtMs = []
  storedAnew = []
  rowsMax = Infinity
  beforeAnew = () => undefined
})

afterEach(() => world.close())

const start = (owner: string, unusual: Unusual = {}): void =>
  world.start(owner, { store: sometimesFailing(world.store), ...unusual })
const pass = (ms: number): Promise<void> => world.pass(ms)
const recorded = (id: string): void => world.recorded(id)
const published = (): Promise<readonly LogRecord[]> => world.published()

function sometimesFailing(store: PublisherStore): PublisherStore {
  return {
    ...store,
    async snapshot(partition) {
      const { rows, ...snapshot } = await store.snapshot(partition)
      const isDrained = snapshot.isDrained && rows.length <= rowsMax
      return { ...snapshot, rows: rows.slice(0, rowsMax), isDrained }
    },
    readLive(partition, use) {
      beforeAnew()
      return store.readLive(partition, use)
    },
    store(head) {
      storedAtMs.push(world.clock.monotonicMs())
      storedAnew.push(head.isAnew)
      return storeFails
        ? Promise.reject(new FreshetError('database.unavailable', 'The head was not stored.'))
        : store.store(head)
    },
  }
}

describe('a publisher', () => {
  test('begins with an empty root and then a heartbeat that is linked to it (rule 49)', async () => {
    start('a')
    await pass(200)
    const [root, first] = checkpointsOf(await published())
    expect(root?.checkpoint).toMatchObject({ previous: null, count: 0 })
    expect(first?.checkpoint.previous).toBe(root?.hash)
    expect(first?.checkpoint.heartbeat?.base.hash).toBe(root?.hash)
  })

  test('sends a heartbeat each second when there is nothing else to send', async () => {
    start('a')
    await pass(5_500)
    const heartbeats = checkpointsOf(await published()).filter((each) => each.checkpoint.heartbeat)
    expect(heartbeats.length).toBeGreaterThanOrEqual(5)
    expect(heartbeats.length).toBeLessThanOrEqual(7)
  })

  test.each([
    ['at once where edges wait for one', 'wakeForHeartbeat', 1],
    ['at its usual time, whatever else wakes it (control)', 'wake', 0],
  ] as const)('sends a heartbeat %s', async (_when, call, more) => {
    const wakeUp = createWakeUp(world.clock)
    start('a', { wakeUp })
    const sent = async (): Promise<number> =>
      checkpointsOf(await published()).filter((each) => each.checkpoint.heartbeat).length
    await pass(1_400)
    const before = await sent()
    wakeUp[call](HERE)
    await pass(200)
    expect((await sent()) - before).toBe(more)
    await pass(1_000)
    expect((await sent()) - before).toBe(more + 1)
  })

  test('publishes the claim map once in each ownership: another build can have written it in another way (rule 21)', async () => {
    const { record } = encodeClaimMap(claimMapOf(acmeRegistry()))
    const row = { id: null, record, permanent: { kind: 'map' } } as const
    const store: PublisherStore = {
      ...world.store,
      async snapshot(partition) {
        const read = await world.store.snapshot(partition)
        const { head, takenAtMs } = read
        const publishedIn = head && { ...head, storedAtMs: takenAtMs }
        return { ...read, permanents: [{ row, publishedIn }] }
      },
    }
    const maps = async (): Promise<number> => {
      const decoded = (await published()).map((each) => decodeRevocation(each))
      return decoded.filter((each) => each?.scope === 'map').length
    }
    const first = new AbortController()
    start('a', { store, signal: first.signal })
    await pass(5_000)
    expect(await maps()).toBe(1)
    first.abort()
    await pass(100)
    start('b', { store })
    await pass(5_000)
    expect(await maps()).toBe(2)
  })

  test('a row goes out under a checkpoint and leaves the outbox with it', async () => {
    start('a')
    await pass(500)
    recorded('c1')
    await pass(500)
    expect(changesIn(await published())).toEqual(['c1'])
    expect(world.database.outbox.values()).toEqual([])
    expect(world.database.publishers.get(String(HERE))?.head?.hash).toBe(
      checkpointsOf(await published()).at(-1)?.hash,
    )
  })

  test('sends a batch again that was sent and not stored, linked to the stored head (rule 43)', async () => {
    start('a')
    await pass(500)
    const head = world.database.publishers.get(String(HERE))?.head?.hash
    recorded('c1')
    storeFails = true
    await pass(200)
    storeFails = false
    await pass(3_000)
    const records = await published()
    expect(changesIn(records).length).toBeGreaterThan(1)
    expect(pathOf(records)).toContain(head)
    expect(world.database.outbox.values()).toEqual([])
  })

  test('an unknown outcome of the send is sent again, and edges find one path (rule 46)', async () => {
    const writer = losingAnswers(world.log)
    start('a', { writer })
    await pass(1_000)
    writer.loseNext = 2
    recorded('c1')
    await pass(6_000)
    const records = await published()
    expect(changesIn(records).filter((change) => change === 'c1').length).toBeGreaterThan(1)
    expect(pathOf(records).at(-1)).toBe(checkpointsOf(records)[0]?.hash)
  })

  test('does not continue a head that was lost: everything live is published again (rule 30)', async () => {
    const first = new AbortController()
    start('a', { signal: first.signal })
    recorded('c1')
    await pass(1_000)
    first.abort()
    await pass(100)
    world.log.recreate(REVOCATIONS_TOPIC)
    start('b')
    await pass(1_000)
    const records = await published()
    expect(checkpointsOf(records)[0]?.checkpoint.previous).toBeNull()
    expect(changesIn(records)).toEqual(['c1'])
  })

  test('stores no batch whose head is lost while it is sent: everything is published again (rule 44)', async () => {
    let loses = false
    const writer: LogWriter = {
      append(...sent) {
        if (loses) world.log.recreate(REVOCATIONS_TOPIC)
        loses = false
        return world.log.append(...sent)
      },
    }
    start('a', { writer })
    recorded('c1')
    await pass(1_000)
    storedAnew = []
    loses = true
    recorded('c2')
    await pass(1_000)
    expect(storedAnew[0]).toBe(true)
    const records = await published()
    const root = checkpointsOf(records).find(({ checkpoint }) => checkpoint.previous === null)
    expect(pathOf(records).at(-1)).toBe(root?.hash)
    expect(new Set(changesIn(records))).toEqual(new Set(['c1', 'c2']))
    expect(world.database.outbox.values()).toEqual([])
  })

  test('publishes with the next beat what one publication cannot hold', async () => {
    start('a')
    await pass(1_000)
    rowsMax = 1
    for (const id of ['c1', 'c2', 'c3', 'c4']) recorded(id)
    // The first poll finds the first row; each of the others would wait for one more poll.
    await pass(400)
    expect(changesIn(await published())).toEqual(['c1', 'c2', 'c3', 'c4'])
  })

  test('tries again at longer distances, at most half a second, and soon again after a success', async () => {
    start('a')
    storeFails = true
    await pass(10_000)
    const { length } = storedAtMs
    await pass(10_000)
    expect(storedAtMs.length - length).toBe(20)
    storeFails = false
    await pass(3_000)
    storeFails = true
    const again = storedAtMs.length
    recorded('c1')
    await pass(1_000)
    expect(storedAtMs.length - again).toBeGreaterThan(3)
    storeFails = false
  })

  test('sends nothing if its partition is taken while it writes a new root (rule 29)', async () => {
    beforeAnew = () => {
      const row = world.database.publishers.get(String(HERE)) ?? expect.unreachable()
      const taken = {
        generation: row.generation + 1n,
        owner: 'b',
        renewedAtMs: world.clock.nowMs(),
      }
      world.database.publishers.set(String(HERE), { ...row, ...taken })
    }
    start('a')
    await pass(1_000)
    expect(await published()).toEqual([])
  })

  test('one that lost its partition sends no more and stores nothing (rule 29)', async () => {
    start('a')
    await pass(1_000)
    const row = world.database.publishers.get(String(HERE))
    if (row) {
      const taken = {
        generation: row.generation + 1n,
        owner: 'b',
        renewedAtMs: world.clock.nowMs(),
      }
      world.database.publishers.set(String(HERE), { ...row, ...taken })
    }
    await pass(1_500)
    const before = (await published()).length
    await pass(1_000)
    expect((await published()).length).toBe(before)
  })
})

function losingAnswers(to: LogWriter): LogWriter & { loseNext: number } {
  return {
    loseNext: 0,
    async append(topic, partition, records) {
      const appended = await to.append(topic, partition, records)
      if (this.loseNext === 0) return appended
      this.loseNext -= 1
      throw new FreshetError('broker.unavailable', 'The answer to an append was lost.')
    },
  }
}

test('a clock stepped back stops no heartbeat of the publisher', async () => {
  start('a')
  await pass(3_000)
  world.clock.jumpWall(-3_600_000)
  const before = (await published()).length
  await pass(5_000)
  expect((await published()).length).toBeGreaterThanOrEqual(before + 4)
})

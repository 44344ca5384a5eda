import { publishedPolicyOf, FreshetError } from '@freshet/protocol'
import { CHANGES_TOPIC, QUARANTINE_TOPIC } from '@freshet/wire'
import {
  createIntake,
  LEFTOVER_AGE_MS,
  LEFTOVER_INTERVAL_MS,
  ALL_LEFTOVERS_MS,
} from '@freshet/intake'
import {
  createPublishTicker,
  createWakeUp,
  FORWARD_IDLE_MS,
  runForwarder,
  rootTurns,
  runPublisher,
  type PublisherStore,
} from '@freshet/reconciler'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryStampStore } from '../intake/memory-intake.ts'
import { memoryLog, type MemoryLog } from '../log/memory-log.ts'
import { memoryForwardStore, memoryPublisherStore } from '../publisher/memory-publisher.ts'

const LONG_MS = 10_000
const AT = { tenant: 'acme', source: 'hr', partition: 2 }

let clock: ManualClock
let database: MemoryDatabase
let log: MemoryLog
let ended: AbortController

beforeEach(() => {
  clock = new ManualClock()
  database = new MemoryDatabase()
  log = memoryLog(() => clock.nowMs())
  ended = new AbortController()
})

afterEach(() => ended.abort())

/** Advances the clock in steps, because work that was just woken begins its next sleep only then. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) await clock.advance(50)
}

/** Returns a port whose first `times` calls fail. Later calls do not fail. */
function failing<T extends object>(port: T, method: keyof T, error: Error, times = 1): T {
  let left = times
  const call = port[method] as (...given: unknown[]) => unknown
  const instead = (...given: unknown[]): unknown =>
    left-- > 0 ? Promise.reject(error) : call.apply(port, given)
  return { ...port, [method]: instead }
}

const unavailable = new FreshetError('database.unavailable', 'Planned.')
const broken = new FreshetError('invariant.broken', 'Planned.')

describe('the sweep of a gateway (rule 34)', () => {
  beforeEach(() => log.createTopic(CHANGES_TOPIC, 7))

  function gateway(store: ReturnType<typeof memoryStampStore>, reported: string[] = []) {
    return createIntake({
      registry: acmeRegistry(),
      store,
      writer: log,
      macKey: () => new Uint8Array(32),
      timer: clock,
      report: ({ code }) => reported.push(code),
    })
  }

  /** Adds a row that a dead gateway has left unacknowledged. */
  async function leaveOver(): Promise<void> {
    const bytes = { key: null, value: new Uint8Array(1), headers: {} }
    const stamp = { number: 1n, sequence: null, contentHash: 'x', acknowledged: false }
    const row = { ...AT, ...stamp, ...bytes, id: 'hr-1', offset: null, createdAtMs: clock.nowMs() }
    database.stamps.set(JSON.stringify([AT.tenant, AT.source, row.id, AT.partition]), row)
    await clock.advance(LEFTOVER_AGE_MS + 1)
  }

  test.each(['leftovers', 'unacknowledged', 'acknowledge'] as const)(
    'goes on after a turn in which %s failed',
    async (method) => {
      await leaveOver()
      const reported: string[] = []
      const store = failing(memoryStampStore(database, clock), method, unavailable)
      const running = gateway(store, reported).run(ended.signal)
      await clock.advance(1)
      expect(reported).toEqual(['database.unavailable'])
      expect(database.stamps.values()).toMatchObject([{ acknowledged: false }])
      await clock.advance(LEFTOVER_INTERVAL_MS)
      expect(database.stamps.values()).toMatchObject([{ acknowledged: true }])
      ended.abort()
      await running
    },
  )

  /** Returns the ages that the sweeps request while the gateway runs for `ms`. */
  async function agesDuring(ms: number): Promise<readonly (number | undefined)[]> {
    const ages: (number | undefined)[] = []
    const store = memoryStampStore(database, clock)
    const leftovers: typeof store.leftovers = (age, limit) => {
      ages.push(age.youngerThanMs)
      return store.leftovers(age, limit)
    }
    const running = gateway({ ...store, leftovers }).run(ended.signal)
    await pass(ms)
    ended.abort()
    await running
    return ages
  }

  test('looks at rows of any age at first and every 10 s, and at recent ones in between', async () => {
    const ages = await agesDuring(ALL_LEFTOVERS_MS + LEFTOVER_INTERVAL_MS)
    const recent = Array.from({ length: 9 }, () => ALL_LEFTOVERS_MS)
    expect(ages).toEqual([undefined, ...recent, undefined])
  })

  test('looks at rows of any age for as long as some are left over', async () => {
    await leaveOver()
    expect(await agesDuring(3 * LEFTOVER_INTERVAL_MS)).toEqual([
      undefined,
      undefined,
      ALL_LEFTOVERS_MS,
    ])
  })

  test('finds a row that was committed long after it was dated, at the next look at any age', async () => {
    const running = gateway(memoryStampStore(database, clock)).run(ended.signal)
    await pass(LEFTOVER_INTERVAL_MS)
    await leaveOver()
    const rows = database.stamps.values()
    for (const row of rows) {
      const key = JSON.stringify([row.tenant, row.source, row.id, row.partition])
      const createdAtMs = row.createdAtMs - ALL_LEFTOVERS_MS
      database.stamps.set(key, { ...row, createdAtMs })
    }
    await pass(LEFTOVER_INTERVAL_MS)
    expect(database.stamps.values()).toMatchObject([{ acknowledged: false }])
    await pass(ALL_LEFTOVERS_MS)
    expect(database.stamps.values()).toMatchObject([{ acknowledged: true }])
    ended.abort()
    await running
  })

  test('ends with what no waiting heals', async () => {
    const store = failing(memoryStampStore(database, clock), 'leftovers', broken)
    await expect(gateway(store).run(ended.signal)).rejects.toBe(broken)
  })
})

describe('the forwarding of what is parked', () => {
  beforeEach(() => {
    log.createTopic(QUARANTINE_TOPIC, 7)
    const record = { key: null, value: new Uint8Array(1), headers: {} }
    const row = { ...record, id: 1n, topic: QUARANTINE_TOPIC, partition: 3, change: null }
    database.outbox.set('1', row)
  })

  test.each(['pending', 'remove'] as const)('goes on after a failed %s', async (method) => {
    const store = failing(memoryForwardStore(database), method, unavailable)
    const troubles: unknown[] = []
    const onTrouble = (error: unknown): void => void troubles.push(error)
    const running = runForwarder({ store, writer: log, timer: clock, onTrouble }, ended.signal)
    await clock.advance(1)
    expect(database.outbox.values()).toHaveLength(1)
    await clock.advance(LONG_MS)
    expect(database.outbox.values()).toEqual([])
    expect(troubles).toEqual([unavailable])
    ended.abort()
    await running
  })

  test('takes the rest of a quiet process only behind a turn that found no row', async () => {
    const rests: number[] = []
    const rest = (ms: number, signal: AbortSignal): Promise<void> => {
      rests.push(clock.monotonicMs())
      return clock.sleep(ms, signal)
    }
    const store = failing(memoryForwardStore(database), 'pending', unavailable)
    const parts = { store, writer: log, timer: clock, onTrouble: () => undefined, rest }
    const running = runForwarder(parts, ended.signal)
    await clock.advance(0)
    for (let turn = 0; turn < 3; turn += 1) await clock.advance(FORWARD_IDLE_MS)
    // The first turn failed, and the second one sent the row.
    expect(database.outbox.values()).toEqual([])
    expect(rests).toEqual([2 * FORWARD_IDLE_MS, 3 * FORWARD_IDLE_MS])
    ended.abort()
    await running
  })

  test('ends with what no waiting heals', async () => {
    const store = failing(memoryForwardStore(database), 'pending', broken)
    const parts = { store, writer: log, timer: clock, onTrouble: () => undefined }
    await expect(runForwarder(parts, ended.signal)).rejects.toBe(broken)
  })
})

describe('the publisher of a partition', () => {
  function run(store: PublisherStore, calls: string[]): Promise<void> {
    const counting: PublisherStore = {
      ...store,
      take: (partition, owner) => {
        calls.push('take')
        return store.take(partition, owner)
      },
      snapshot: (partition) => {
        calls.push('snapshot')
        return store.snapshot(partition)
      },
      release: (partition, generation) => {
        calls.push('release')
        return store.release(partition, generation)
      },
    }
    const nobody = (): never => expect.unreachable()
    return runPublisher(
      {
        store: counting,
        writer: log,
        reader: log,
        keys: { signing: nobody, published: () => [] },
        incarnation: { verify: nobody },
        timer: clock,
        wakeUp: createWakeUp(clock),
        ticker: createPublishTicker(clock),
        roots: rootTurns(),
        owner: 'one',
        baseAgeMs: 60_000,
        nonce: nobody,
        onTrouble: () => undefined,
        onPublished: nobody,
      },
      AT.partition,
      ended.signal,
    )
  }

  const store = (): PublisherStore =>
    memoryPublisherStore(database, () => publishedPolicyOf(acmeRegistry()), clock, 60_000)

  test('asks again after a failed take', async () => {
    const calls: string[] = []
    const failed = failing(store(), 'take', unavailable)
    const running = run(failing(failed, 'snapshot', unavailable, Infinity), calls)
    await pass(LONG_MS)
    expect(calls.slice(0, 3)).toEqual(['take', 'take', 'snapshot'])
    ended.abort()
    await running
  })

  test('tries again and again while its turns fail, and keeps the partition', async () => {
    const calls: string[] = []
    const running = run(failing(store(), 'snapshot', unavailable, Infinity), calls)
    await pass(LONG_MS)
    expect(calls.filter((each) => each === 'snapshot').length).toBeGreaterThan(4)
    expect(calls.filter((each) => each !== 'snapshot')).toEqual(['take'])
    ended.abort()
    await running
    expect(calls.at(-1)).toBe('release')
  })

  test('ends with what no waiting heals', async () => {
    await expect(run(failing(store(), 'snapshot', broken), [])).rejects.toBe(broken)
  })
})

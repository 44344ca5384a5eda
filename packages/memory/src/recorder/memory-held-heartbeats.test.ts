import { FreshetError, PARTITIONS } from '@freshet/protocol'
import { CHANGES_TOPIC } from '@freshet/wire'
import {
  commonSleep,
  runPartition,
  PAUSE_MIN_MS,
  type PartitionLoop,
  type RecorderStore,
} from '@freshet/reconciler'
import { changeTopic, ManualClock, recordContext, type ChangeTopic } from '@freshet/testkit'
import { beforeEach, describe, expect, test } from 'vitest'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryLog, type MemoryLog } from '../log/memory-log.ts'
import { memoryRecorderStore } from './memory-recorder.ts'

const SECOND_MS = 1_000

let clock: ManualClock
let log: MemoryLog
let topic: ChangeTopic
let store: RecorderStore
let sent: Map<number, number>
/** Each transaction as `partition`, with `together` if it was shared. */
let transactions: string[]
/** The error that a transaction throws each time, by its name in `asked`. */
let fails: Map<string, FreshetError>

beforeEach(async () => {
  const database = new MemoryDatabase()
  clock = new ManualClock()
  log = memoryLog(() => clock.nowMs())
  log.createTopic(CHANGES_TOPIC, PARTITIONS.length)
  topic = changeTopic(clock)
  store = memoryRecorderStore(database)
  sent = new Map()
  transactions = []
  fails = new Map()
  await store.ensureProgress(PARTITIONS, 1n)
  topic.activate(1)
  await send()
})

async function send(): Promise<void> {
  for (const partition of PARTITIONS) {
    const records = topic.records(partition).slice(sent.get(partition) ?? 0)
    if (records.length > 0) await log.append(CHANGES_TOPIC, partition, records)
    sent.set(partition, topic.records(partition).length)
  }
}

function noting(): RecorderStore {
  return {
    ...store,
    inPartition(partition, work, isShared = false) {
      const name = isShared ? `${partition} together` : `${partition}`
      transactions.push(name)
      const failure = fails.get(name)
      return store.inPartition(
        partition,
        async (tx) => {
          const result = await work(tx)
          if (failure) throw failure
          return result
        },
        isShared,
      )
    },
  }
}

async function running(partitions: readonly number[], work: () => Promise<void>): Promise<void> {
  const stop = new AbortController()
  const incarnation = { verify: (partition: number) => store.progress(partition) }
  const loop: PartitionLoop = {
    ...recordContext(noting(), clock),
    sleep: commonSleep(clock),
    reader: log,
    incarnation,
  }
  const runs = partitions.map((partition) => runPartition(loop, partition, stop.signal))
  try {
    await work()
  } finally {
    stop.abort()
    await Promise.all(runs)
  }
}

const reach = (partition: number, offset: bigint): Promise<void> =>
  expect
    .poll(async () => (await store.progress(partition)).nextOffset, { interval: 1 })
    .toBe(offset)

async function sendHeartbeat(): Promise<void> {
  topic.putHeartbeat('hr', clock.nowMs())
  transactions = []
  await send()
  await clock.advance(0)
  expect(transactions).toEqual([])
  await clock.advance(SECOND_MS)
}

describe('heartbeats that are held', () => {
  test('are recorded together at the common time, by one sleep of all partitions', async () => {
    await running([1, 2], async () => {
      await Promise.all([reach(1, 1n), reach(2, 1n)])
      await sendHeartbeat()
      await Promise.all([reach(1, 2n), reach(2, 2n)])
      expect(transactions.toSorted()).toEqual(['1 together', '2 together'])
    })
  })

  test('are recorded alone where they cannot be recorded together', async () => {
    fails.set('1 together', new FreshetError('database.statement-timeout', 'Planned.'))
    await running([1, 2], async () => {
      await Promise.all([reach(1, 1n), reach(2, 1n)])
      await sendHeartbeat()
      await Promise.all([reach(1, 2n), reach(2, 2n)])
      expect(transactions.toSorted()).toEqual(['1', '1 together', '2 together'])
    })
  })

  test('of a partition that fails alone, too, stop no other one', async () => {
    const lost = new FreshetError('database.unavailable', 'Planned.')
    fails.set('1 together', lost)
    await running([1, 2], async () => {
      await Promise.all([reach(1, 1n), reach(2, 1n)])
      fails.set('1', lost)
      await sendHeartbeat()
      await reach(2, 2n)
      expect((await store.progress(1)).nextOffset).toBe(1n)
      fails.clear()
      await clock.advance(SECOND_MS)
      await reach(1, 2n)
    })
  })

  test('of the control partition are recorded alone', async () => {
    await running([0], async () => {
      await reach(0, 1n)
      await sendHeartbeat()
      await reach(0, 2n)
      expect(transactions).toEqual(['0'])
    })
  })
})

describe('heartbeats that are held when their following ends', () => {
  test('are not recorded by it: the next one reads them again, from the position that it asked for', async () => {
    let follows = 0
    const ends: (() => void)[] = []
    const reader: PartitionLoop['reader'] = {
      ...log,
      async follow(...until) {
        follows += 1
        if (follows > 1) return log.follow(...until)
        const lost = new FreshetError('broker.unavailable', 'Planned.')
        const failing = new Promise<never>((_, reject) => ends.push(() => reject(lost)))
        await Promise.race([log.follow(...until), failing])
      },
    }
    const incarnation = { verify: (partition: number) => store.progress(partition) }
    const stop = new AbortController()
    const loop: PartitionLoop = {
      ...recordContext(noting(), clock),
      sleep: commonSleep(clock),
      reader,
      incarnation,
    }
    const run = runPartition(loop, 1, stop.signal)
    await reach(1, 1n)
    topic.putHeartbeat('hr', clock.nowMs())
    await send()
    await clock.advance(0)
    transactions = []
    ends[0]?.()
    const followed = async (): Promise<number> => {
      await clock.advance(PAUSE_MIN_MS)
      return follows
    }
    await expect.poll(followed, { interval: 1 }).toBe(2)
    await clock.advance(2 * SECOND_MS)
    await reach(1, 2n)
    expect(transactions).toHaveLength(1)
    stop.abort()
    await run
  })
})

import { PARTITIONS } from '@freshet/protocol'
import { readIncoming } from '@freshet/wire'
import { createIntake, type Intake, type StampStore } from '@freshet/intake'
import { MemoryDatabase, memoryStampStore } from '@freshet/memory'
import {
  acmeRegistry,
  hrChange,
  ManualClock,
  plannedWriter,
  TEST_MAC_KEY,
  type PlannedWriter,
} from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'

/** More than the steps of a batch: the last rounds crash nowhere. */
const STEPS_MAX = 30
const BATCH = Array.from({ length: 20 }, (_, n) => {
  const change = hrChange(BigInt(n))
  return { change: { ...change, subject: { ...change.subject, sub: `user-${n}` } } }
})

/** The time of the death: before the step, or after it and before its answer. */
type Death = 'before it' | 'after it, unanswered'

let clock: ManualClock
let database: MemoryDatabase
let writer: PlannedWriter
beforeEach(() => {
  clock = new ManualClock()
  database = new MemoryDatabase()
  writer = plannedWriter(() => clock.nowMs())
})

/** Returns a gateway that dies at the given step, counted over its store and its broker. */
function mortalGateway(diesAt: number, death: Death): { intake: Intake; died: () => boolean } {
  let steps = 0
  let isDead = false
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isDead) return new Promise(() => {})
    steps += 1
    const isLast = steps === diesAt
    if (isLast && death === 'before it') isDead = true
    const result = isDead ? undefined : await work()
    if (isLast) isDead = true
    return isDead ? new Promise(() => {}) : (result as T)
  }
  const store = memoryStampStore(database, clock)
  const mortal: StampStore = {
    ...store,
    inFeed: (feed, work) => step(() => store.inFeed(feed, work)),
    find: (feed, ids) => step(() => store.find(feed, ids)),
    unacknowledged: (...args) => step(() => store.unacknowledged(...args)),
    acknowledge: (at, landed) => step(() => store.acknowledge(at, landed)),
  }
  const log = {
    append: (...to: Parameters<PlannedWriter['append']>) => step(() => writer.append(...to)),
  }
  return { intake: gatewayOn(mortal, log), died: () => isDead }
}

function gatewayOn(store: StampStore, log: Pick<PlannedWriter, 'append'>): Intake {
  const parts = { registry: acmeRegistry(), macKey: () => TEST_MAC_KEY, timer: clock }
  return createIntake({ ...parts, store, writer: log })
}

const settle = async (): Promise<void> => {
  for (let n = 0; n < 100; n += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Returns the ids and numbers of a partition, each once, however often a record landed. */
async function onTopic(partition: number): Promise<readonly (readonly [string, bigint])[]> {
  const keys = { macKeys: [TEST_MAC_KEY], sourceKeys: () => [] }
  const records = await Promise.all(
    writer.records(partition).map((record) => readIncoming(record, keys)),
  )
  const pairs = records.flatMap((each) =>
    each.kind === 'change' ? [`${each.change.id} ${each.stamp.number}`] : [],
  )
  return [...new Set(pairs)].map((pair) => {
    const [id = '', number = '0'] = pair.split(' ')
    return [id, BigInt(number)] as const
  })
}

describe('a batch whose gateway dies', () => {
  it.each<Death>(['before it', 'after it, unanswered'])(
    'at any step, %s, is whole when it is sent again: nothing lost, nothing under two numbers (rule 34)',
    async (death) => {
      let crashes = 0
      for (let diesAt = 1; diesAt <= STEPS_MAX; diesAt += 1) {
        database = new MemoryDatabase()
        writer = plannedWriter(() => clock.nowMs())
        const first = mortalGateway(diesAt, death)
        void first.intake.acceptChanges('hr', BATCH)
        await settle()
        if (first.died()) crashes += 1
        const again = await gatewayOn(memoryStampStore(database, clock), writer).acceptChanges(
          'hr',
          BATCH,
        )
        expect(again.map(({ ok }) => ok)).toEqual(BATCH.map(() => true))
        const places = await Promise.all(PARTITIONS.map((partition) => onTopic(partition)))
        expect(
          places
            .flat()
            .map(([id]) => id)
            .toSorted(),
        ).toEqual(BATCH.map(({ change }) => change.id).toSorted())
        for (const inPartition of places) {
          expect(inPartition.map(([, number]) => number)).toEqual(
            inPartition.map((_, n) => BigInt(n + 1)),
          )
        }
      }
      expect(crashes).toBeGreaterThan(10)
      expect(crashes).toBeLessThan(STEPS_MAX)
    },
  )

  it('is appended by another gateway’s sweeper if its source does not send it again', async () => {
    const first = mortalGateway(2, 'before it')
    void first.intake.acceptChanges('hr', BATCH)
    await settle()
    expect(PARTITIONS.flatMap((partition) => writer.records(partition))).toEqual([])
    await clock.advance(1_500)
    await gatewayOn(memoryStampStore(database, clock), writer).produceLeftovers()
    expect(PARTITIONS.flatMap((partition) => writer.records(partition))).toHaveLength(BATCH.length)
  })
})

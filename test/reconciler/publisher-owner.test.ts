import { OWNERSHIP_MS } from '@freshet/protocol'
import {
  encodeCheckpoint,
  readCheckpoint,
  recordsHash,
  REVOCATIONS_TOPIC,
  type LogWriter,
} from '@freshet/wire'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { HERE, publisherWorld, type PublisherWorld, type Unusual } from './publisher-world.ts'

const ROWS = 1_200

let world: PublisherWorld
const verified: number[] = []

beforeEach(async () => {
  world = await publisherWorld()
  verified.length = 0
})

afterEach(() => world.close())

/** Returns a check that finds a raised incarnation. */
function raiseTo(e: bigint): NonNullable<Unusual['verify']> {
  return (partition) => {
    const { progress } = world.database
    verified.push(partition)
    const row = progress.get(String(partition)) ?? expect.unreachable()
    progress.set(String(partition), { ...row, e })
    return Promise.resolve({ e, nextOffset: row.nextOffset })
  }
}

function leave(rows: number): void {
  for (let n = 0; n < rows; n++) world.recorded(`c${n}`)
}

test('no process takes a partition whose owner needs long for a publication (rule 49)', async () => {
  const taken: (bigint | undefined)[] = []
  const slow: LogWriter = {
    async append(topic, partition, records) {
      const appended = await world.log.append(topic, partition, records)
      const isLong = records.length > 2
      if (isLong) await world.clock.sleep(OWNERSHIP_MS * 0.6)
      if (isLong) taken.push(await world.store.take(HERE, 'b'))
      return appended
    },
  }
  world.start('a', { writer: slow })
  await world.pass(500)
  leave(ROWS)
  await world.pass(20_000)
  expect(taken.length).toBeGreaterThan(2)
  expect(new Set(taken)).toEqual(new Set([undefined]))
  expect(world.database.outbox.values()).toEqual([])
})

test('an authentic later incarnation beside a batch is checked before the batch is stored (rule 28)', async () => {
  let isNext = false
  const beside: LogWriter = {
    async append(topic, partition, records) {
      if (isNext) await world.log.append(topic, partition, [await checkpointOfLater()])
      isNext = false
      return world.log.append(topic, partition, records)
    },
  }
  world.start('a', { writer: beside, verify: raiseTo(2n) })
  await world.pass(500)
  expect(verified).toEqual([])
  isNext = true
  leave(1)
  await world.pass(3_000)
  expect(verified).toEqual([HERE])
  expect(world.database.outbox.values()).toEqual([])
  expect((await storedHead()).e).toBe(2n)
})

/** The database goes back, and its publisher continues beside a heartbeat that names a later position. */
async function goesBackAndPublishes(verify: NonNullable<Unusual['verify']>): Promise<void> {
  world.start('a', { verify })
  await world.pass(500)
  const { store, log } = world
  const { next } = await store.snapshot(HERE)
  await log.append(REVOCATIONS_TOPIC, HERE, [await heartbeatAt(next.offset + 5n)])
  leave(1)
  await world.pass(3_000)
}

test('a later position that was named since the stored head is looked at before another is stored (rule 28)', async () => {
  await goesBackAndPublishes(raiseTo(2n))
  expect(verified).toEqual([HERE])
  expect((await storedHead()).e).toBe(2n)
})

test('if the record is still at that position, the publisher continues and checks once', async () => {
  await goesBackAndPublishes(raiseTo(1n))
  expect(verified).toEqual([HERE])
  expect((await storedHead()).e).toBe(1n)
  expect(world.database.outbox.values()).toEqual([])
})

async function storedHead() {
  const { hash } = world.database.publishers.get(String(HERE))?.head ?? expect.unreachable()
  const head = (await world.published()).map(readCheckpoint).find((read) => read?.hash === hash)
  return head?.checkpoint ?? expect.unreachable()
}

async function heartbeatAt(offset: bigint) {
  const heartbeat = {
    through: new Map(),
    minimumPv: 0,
    mapVersion: 0,
    mapHash: '',
    next: { offset, lastRecordHash: null },
    base: { hash: recordsHash([]), offset: 0n },
  }
  const bare = { e: 1n, partition: HERE, generation: 1n, previous: null, nonce: 'n', count: 0 }
  const checkpoint = { ...bare, recordsHash: recordsHash([]), heartbeat }
  return (await encodeCheckpoint(checkpoint, world.key)).record
}

async function checkpointOfLater() {
  const bare = { e: 2n, partition: HERE, generation: 9n, previous: null, nonce: 'late', count: 0 }
  return (await encodeCheckpoint({ ...bare, recordsHash: recordsHash([]) }, world.key)).record
}

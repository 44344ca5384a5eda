import { BATCH_HEARTBEATS_MAX, PARTITIONS } from '@freshet/protocol'
import { recordBatch } from '@freshet/reconciler'
import { changeTopic, ManualClock, recordContext } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { MemoryDatabase } from '../memory-database.ts'
import { memoryRecorderStore } from '../recorder/memory-recorder.ts'

const TENANTS = Array.from({ length: 1_000 }, (_, n) => `tenant-${n}`)
const RECORDS = 7

it('heartbeats for many tenants are recorded in transactions of a bounded number of feeds', async () => {
  const database = new MemoryDatabase()
  const clock = new ManualClock()
  const topic = changeTopic(clock)
  topic.activate(1)
  for (let n = 0; n < RECORDS; n += 1) topic.putHeartbeats('hr', 1_000 + n, TENANTS)
  const store = memoryRecorderStore(database)
  await store.ensureProgress(PARTITIONS, 1n)
  const sizes: number[] = []
  const context = {
    ...recordContext(store, clock),
    onCommitted: (_: number, { records }: { readonly records: number }) => sizes.push(records),
  }
  await recordBatch(context, topic.records(1), { e: 1n, nextOffset: 0n, receivedAtMs: 0 })
  const inEach = BATCH_HEARTBEATS_MAX / TENANTS.length
  expect(sizes).toEqual([1, inEach, RECORDS - inEach])
  const feeds = database.feeds.values().filter(({ source }) => source === 'hr')
  const through = feeds.map(({ feed }) => feed.throughMs)
  expect(through).toEqual(TENANTS.map(() => 1_000 + RECORDS - 1))
})

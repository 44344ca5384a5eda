import { MemoryDatabase, memoryObservatoryStore } from '@freshet/memory'
import { createObservatory, stateReader } from '@freshet/insight'
import { acmeRegistry, ManualClock, notedReads, sliReport } from '@freshet/testkit'
import { expect, it } from 'vitest'

const registry = acmeRegistry()
const ends = [{ partition: 3, earliest: 0n, end: 12n }]

/** A database with an edge and a partition that seven records wait for, and the names of the reads of it. */
async function world() {
  const clock = new ManualClock()
  const database = new MemoryDatabase()
  const policy = { activePv: 1, activeHash: 'h', minimumPv: 1, lastHash: null }
  database.progress.set('3', { partition: 3, e: 1n, nextOffset: 5n, ...policy })
  const own = memoryObservatoryStore(database, clock)
  await own.record([{ report: sliReport({}, { applied: 9n }), reportedAtMs: clock.nowMs() }])
  const reads: string[] = []
  const store = notedReads(own, reads)
  const record = { appendedAtMs: clock.nowMs() - 1_500 }
  const reader = { bounds: async () => ends, read: async () => [record as never] }
  return { clock, store, reads, reader }
}

it('a state is what the questions of the routes return, by one read of each table', async () => {
  const { clock, store, reads, reader } = await world()
  const own = stateReader({ store, reader, clock })
  const state = await own.read(registry)
  const recording = await own.recordingLag(state)
  expect(reads.toSorted()).toEqual(['edges', 'pipeline'])

  const expected = createObservatory({ store, clock })
  expect(state.pipeline).toEqual(await expected.pipeline(registry, reader))
  expect([state.uncounted, recording]).toEqual([0, (await expected.lag(reader)).recording])
  expect(recording).toMatchObject([{ partition: 3, records: '7', behindMs: 1_500 }])
  const [edge] = await expected.edges()
  expect(state.edges).toEqual([{ ...edge, clock: null }])
  const behind = (await expected.lag(reader)).edges.map(({ edge: of, partition, behindMs }) => {
    return { edge: of, partition, behindMs }
  })
  expect(state.edgeLags).toMatchObject(behind)
})

it('has no figures of a broker that does not answer, and those of the store', async () => {
  const { clock, store, reader } = await world()
  const bounds = () => Promise.reject(new Error('away'))
  const own = stateReader({ store, reader: { ...reader, bounds }, clock })
  const state = await own.read(registry)
  expect(state.pipeline).toMatchObject({ quarantined: null, partitions: [{ lag: null }] })
  expect(state.edges).toHaveLength(1)
  expect(await own.recordingLag(state)).toMatchObject([{ records: null, behindMs: null }])
})

import { createObservatory, stateReader } from '@freshet/insight'
import { postgresObservatoryStore } from '@freshet/postgres'
import { acmeRegistry, ManualClock, notedReads, sliReport } from '@freshet/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { plantRow } from '../../../../test/setup/plant-row.ts'

const registry = acmeRegistry()
const ends = [{ partition: 3, earliest: 0n, end: 12n }]
const clock = new ManualClock()
const record = { appendedAtMs: clock.nowMs() - 1_500 }
const reader = { bounds: async () => ends, read: async () => [record as never] }

/** It has an edge, and a partition that seven records wait for. */
let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
  const row = { partition: 3, e: 1n, next_offset: 5n, active_pv: 1, active_hash: 'h' }
  await plantRow({ db: database.db }, 'progress', row)
  const reported = { report: sliReport({}, { applied: 9n }), reportedAtMs: clock.nowMs() }
  await postgresObservatoryStore(database.system, clock).record([reported])
})
afterAll(() => database.drop())

function noted() {
  const reads: string[] = []
  return { reads, store: notedReads(postgresObservatoryStore(database.system, clock), reads) }
}

it('a state is what the questions of the routes return, by one read of each table', async () => {
  const { store, reads } = noted()
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
  const { store } = noted()
  const bounds = () => Promise.reject(new Error('away'))
  const own = stateReader({ store, reader: { ...reader, bounds }, clock })
  const state = await own.read(registry)
  expect(state.pipeline).toMatchObject({ quarantined: null, partitions: [{ lag: null }] })
  expect(state.edges).toHaveLength(1)
  expect(await own.recordingLag(state)).toMatchObject([{ records: null, behindMs: null }])
})

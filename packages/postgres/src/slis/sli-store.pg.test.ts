import {
  ManualClock,
  registerFleetLimitsContract,
  registerReportBatchContract,
  registerSignedReportContract,
  registerSliContract,
  registerVouchingContract,
  sliReport,
  type SliUnderTest,
} from '@freshet/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { postgresObservatoryStore } from '../observatory/observatory-store.ts'
import { postgresSliStore } from './sli-store.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

const run = (text: string, values: readonly unknown[] = []) =>
  database.db.query({ name: '', text }, values)

const make = async (): Promise<SliUnderTest> => {
  await run(
    emptied(`change_log, edge, edge_apply, progress, change_sample, slo_minute, edge_minute,
    edge_start, edge_exposure, sli_cursor, sli_minute`),
  )
  return {
    sli: postgresSliStore(database.system),
    observatory: postgresObservatoryStore(database.system, new ManualClock()),
    seedChange: (change) => seedChange(database.db, change),
    async recordedTo(partition, e, nextOffset) {
      await run(
        `INSERT INTO progress (partition, e, next_offset) VALUES ($1, $2, $3)
         ON CONFLICT (partition) DO UPDATE SET e = $2, next_offset = $3`,
        [partition, e, nextOffset],
      )
    },
  }
}

registerSliContract('postgres', make)
registerReportBatchContract('postgres', make)
registerSignedReportContract('postgres', make)
registerFleetLimitsContract('postgres', make)
registerVouchingContract('postgres', make)

it('a console of an earlier build keeps no unverified sources for a report that has none', async () => {
  const { observatory } = await make()
  const unverified = { isOutOfView: true, sources: [], more: 0 }
  await observatory.record([{ report: sliReport({ unverified }), reportedAtMs: 1_000 }])
  expect(await observatory.edges(0)).toMatchObject([{ unverified }])
  // Such a build stores the next report and leaves the column as it is.
  await run('UPDATE edge SET reported_at_ms = 2_000')
  const [edge] = await observatory.edges(0)
  expect(edge).toMatchObject({ reportedAtMs: 2_000 })
  expect(edge).not.toHaveProperty('unverified')
})

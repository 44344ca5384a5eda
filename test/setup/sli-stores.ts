import type { LoggedChange, ObservatoryStore, SliStore } from '@freshet/insight'
import { postgresObservatoryStore, postgresSliStore } from '@freshet/postgres'
import { ManualClock } from '@freshet/testkit'
import type { FreshDatabase } from './database.ts'
import { emptied } from './emptied.ts'
import { seedChange } from './seed-change.ts'

/** The stores under test over one database, and a way to put into it what the reconciler records. */
export interface SliUnderTest {
  readonly sli: SliStore
  readonly observatory: ObservatoryStore
  seedChange(change: LoggedChange): Promise<void>
  /** Sets the recording position of a partition. */
  recordedTo(partition: number, e: bigint, nextOffset: bigint): Promise<void>
}

/** Empties the tables of measurements, and returns the stores over them. */
export async function sliStores(database: FreshDatabase): Promise<SliUnderTest> {
  const run = (text: string, values: readonly unknown[] = []) =>
    database.db.query({ name: '', text }, values)
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

/** Good of valid for each objective and origin, of all that was measured until then. */
export async function sliSums(
  { sli }: Pick<SliUnderTest, 'sli'>,
  nowMs: number,
): Promise<Record<string, string>> {
  const found = await sli.sums(nowMs + 1, [28 * 86_400_000])
  return Object.fromEntries(
    found.map(({ slo: of, origin, good, valid }) => [`${of} ${origin}`, `${good}/${valid}`]),
  )
}

import { createDatabase, migrate, postgresPublisherStore } from '@freshet/postgres'
import type { PublisherStore } from '@freshet/reconciler'
import { MANY_POLICY, MANY_SOURCES, MANY_TENANTS } from '@freshet/testkit'
import type { BenchContext, Reading } from '../scenario.ts'

const PARTITION = 3
const READINGS = 20
const plant = `
  INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted)
  SELECT tenant, source, $3, 1, '{}', 1795000000000 + row_number() OVER () % 1000, false
  FROM unnest($1::text[]) AS tenant CROSS JOIN unnest($2::text[]) AS source`

/** Plants all feeds in one partition of a database of its own. Returns the functions that read it. */
export async function feedReadings(
  context: BenchContext,
): Promise<() => Promise<Readonly<Record<string, Reading>>>> {
  const { url } = await context.postgres()
  const database = createDatabase({ url, applicationName: 'freshet-bench' })
  context.defer(() => database.close())
  await migrate(database)
  const run = (text: string, values: readonly unknown[] = []) =>
    database.query({ name: '', text }, values)
  await run(plant, [MANY_TENANTS, MANY_SOURCES, PARTITION])
  await run(`INSERT INTO progress (partition, e, active_pv, active_hash) VALUES ($1, 1, 1, 'h')`, [
    PARTITION,
  ])
  await run('ANALYZE feed')
  const store = postgresPublisherStore(database, () => MANY_POLICY, 0)
  await store.take(PARTITION, 'bench')
  return async () => ({
    'tenants.snapshot': await readingMs(context, store, true),
    'tenants.snapshot.rest': await readingMs(context, store, false),
  })
}

async function readingMs(
  { clock }: BenchContext,
  store: PublisherStore,
  through: boolean,
): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < READINGS; n += 1) {
    const startNs = clock.nowNs()
    await store.snapshot(PARTITION, { through })
    times.push((clock.nowNs() - startNs) / 1e6)
  }
  return times.toSorted((a, b) => a - b)[READINGS / 2] ?? 0
}

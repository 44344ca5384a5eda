import { PARTITIONS } from '@freshet/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { postgresStampStore } from './stamp-store.ts'
import { selectTallies } from './tally-feeds.ts'

const SOURCE = 'hr'
const TENANTS = Array.from({ length: 40 }, (_, n) => `tenant-${String(n).padStart(2, '0')}`)
/** Events of each tenant in one partition, acknowledged long ago, and records that wait. */
const EVENTS = 200
const WAITING = 50
const PARTITION = 3
/** A probe of an index, and a row, for each feed and partition, twice. */
const READ_MAX = 6 * TENANTS.length * PARTITIONS.length
/** Postgres keeps the plan of a named statement after five runs, if it looks as good for any values. */
const RUNS = 6
const TABLES = ['stamp', 'stamp_feed', 'stamp_free', 'waiting_record']

let fresh: FreshDatabase
let system: Database
beforeEach(async () => {
  fresh = await freshDatabase()
  const as = { url: fresh.url, applicationName: 'freshet-test', max: 1 }
  system = createDatabase({ ...as, role: 'freshet_system' })
  for (const table of TABLES) await run(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`)
  await count()
})
afterEach(async () => {
  await system.close()
  await fresh.drop()
})

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

function count(): Promise<void> {
  return run(`ANALYZE ${TABLES.join(', ')}`)
}

async function fill(): Promise<void> {
  await run(
    `INSERT INTO stamp (tenant, source, id, partition, number, sequence, content_hash, acknowledged)
     SELECT tenant, $2, 'e' || n, $3, n, n, 'h', true
     FROM unnest($1::text[]) AS tenant, generate_series(1, $4::int) AS n`,
    [TENANTS, SOURCE, PARTITION, EVENTS],
  )
  await run(
    `INSERT INTO stamp_feed (tenant, source, next_sequence)
     SELECT tenant, $2, $3 FROM unnest($1::text[]) AS tenant`,
    [TENANTS, SOURCE, EVENTS + 1],
  )
  await run(
    `INSERT INTO waiting_record (tenant, source, partition, number, id, sequence, record)
     SELECT tenant, $2, $3, n, 'w' || n, n, 'r'
     FROM unnest($1::text[]) AS tenant, generate_series(1, $4::int) AS n`,
    [TENANTS, SOURCE, PARTITION, WAITING],
  )
}

const tally = (): Promise<unknown> =>
  postgresStampStore(fresh.tenants, system).tallyFree(
    SOURCE,
    TENANTS.map((tenant) => ({ tenant })),
    PARTITIONS,
  )

/** Returns the rows that the work reads of the full tables, after it has run on the empty ones. */
async function readAfter(work: () => Promise<unknown>, counts: boolean): Promise<number> {
  for (let n = 0; n < RUNS; n += 1) await work()
  await fill()
  if (counts) await count()
  return rowsRead({ worker: system, catalogue: fresh.db }, /^stamp|^waiting_record/, work)
}

describe.each([
  ['that Postgres takes for empty', false],
  ['that were counted since they were filled', true],
])('in full tables %s', (_, counts) => {
  it('the tally of many tenants reads a few rows for each feed and partition', async () => {
    expect(await readAfter(tally, counts)).toBeLessThan(READ_MAX)
  })
})

it('by a plan that was kept since the tables were empty, the tally reads all of them (control)', async () => {
  const values = [SOURCE, TENANTS, TENANTS.map(() => null), PARTITIONS]
  const kept = { name: 'test-kept', text: selectTallies.text }
  const read = await readAfter(() => system.query(kept, values), false)
  expect(read).toBeGreaterThan(TENANTS.length * EVENTS)
})

import { PARTITIONS } from '@freshet/protocol'
import type { FeedTally } from '@freshet/intake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { postgresStampStore } from './stamp-store.ts'

const SOURCE = 'hr'
const TENANTS = Array.from({ length: 40 }, (_, n) => `tenant-${String(n).padStart(2, '0')}`)
/** Events of each tenant in one partition, acknowledged long ago. */
const EVENTS = 200
const PARTITION = 3
/** A probe of an index, and a row, for each feed and partition, twice; more while Postgres has not swept. */
const READ_MAX = 6 * TENANTS.length * PARTITIONS.length

let fresh: FreshDatabase
let system: Database
beforeEach(async () => {
  fresh = await freshDatabase()
  const as = { url: fresh.url, applicationName: 'freshet-test', max: 1 }
  system = createDatabase({ ...as, role: 'freshet_system' })
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
})
afterEach(async () => {
  await system.close()
  await fresh.drop()
})

async function run(text: string, values: readonly unknown[]): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

const tally = (): Promise<readonly FeedTally[]> =>
  postgresStampStore(fresh.tenants, system).tallyFree(
    SOURCE,
    TENANTS.map((tenant) => ({ tenant })),
    PARTITIONS,
  )

describe('tallying the feeds of many tenants at once', () => {
  it('reports the registry of each row, before the rows are counted', async () => {
    const tallies = await tally()
    expect(tallies.map(({ tenant }) => tenant).toSorted()).toEqual(TENANTS)
    for (const { next, partitions } of tallies) {
      expect(next).toBe(BigInt(EVENTS + 1))
      expect(partitions.find(({ partition }) => partition === PARTITION)?.last).toBe(BigInt(EVENTS))
    }
  })

  const read = (): Promise<number> =>
    rowsRead({ worker: system, catalogue: fresh.db }, /^stamp|^waiting_record/, tally)

  it('reads a few rows for each feed and partition, in spite of all earlier changes', async () => {
    expect(await read()).toBeLessThan(READ_MAX)
  })

  it('control: from the first sequence on it reads all of them', async () => {
    await run('UPDATE stamp_feed SET next_sequence = 1 WHERE source = $1', [SOURCE])
    expect(await read()).toBeGreaterThan(EVENTS * TENANTS.length)
  })

  it('waits for no feed that another holds, or has just made', async () => {
    const store = postgresStampStore(fresh.tenants, system)
    const [busy = '', ...others] = TENANTS
    const feeds = [...TENANTS, 'new'].map((tenant) => ({ tenant }))
    const tallied = await store.inFeed({ tenant: busy, source: SOURCE }, () =>
      store.inFeed({ tenant: 'new', source: SOURCE }, () =>
        store.tallyFree(SOURCE, feeds, PARTITIONS),
      ),
    )
    expect(tallied.map(({ tenant }) => tenant).toSorted()).toEqual(others)
  })

  it('finds nothing for an admin of another tenant', async () => {
    const store = postgresStampStore(fresh.tenants)
    const feeds = TENANTS.map((tenant) => ({ tenant }))
    expect(await store.tallyFree(SOURCE, feeds, PARTITIONS)).toEqual([])
  })
})

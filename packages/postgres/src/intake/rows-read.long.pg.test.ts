import { PARTITIONS } from '@freshet/protocol'
import type { NewStamp, StampStore, WaitingAge } from '@freshet/intake'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { openTransaction } from '../../../../test/setup/open-transaction.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { postgresStampStore } from './stamp-store.ts'

const feed = { tenant: 'acme', source: 'hr' }
const BATCH = 24
/** The source has sent a hundred times as much as a batch. */
const BATCHES = 100
/** Rows of stamps, and entries of their indexes, for each event of a batch: some 16, more while Postgres has not swept. */
const READ_MAX = 32 * BATCH

let fresh: FreshDatabase
let tenants: Database
beforeEach(async () => {
  fresh = await freshDatabase()
  const options = {
    url: fresh.url,
    applicationName: 'freshet-test',
    role: 'freshet_tenant',
    planOnce: true,
  } as const
  tenants = createDatabase({ ...options, max: 1 })
  for (const table of ['stamp', 'waiting_record']) {
    // On a busy machine it would count the rows in the middle of a test.
    const text = `ALTER TABLE ${table} SET (autovacuum_enabled = off)`
    await fresh.db.query({ name: '', text })
  }
})
afterEach(async () => {
  await tenants.close()
  await fresh.drop()
})

/** The statements of a gateway for a batch: known events, free numbers, storing, acknowledging. */
async function takeBatch(batch: number, isNumbered: boolean): Promise<void> {
  const store = postgresStampStore(tenants)
  const ids = Array.from({ length: BATCH }, (_, at) => `event-${batch}-${at}`)
  await store.find(feed, ids)
  const rows = await store.inFeed(feed, async (tx) => {
    await tx.find(ids, [])
    const sequences = isNumbered ? await tx.freeSequences(BATCH) : []
    const numbers = await tx.freeNumbers(new Map([[1, BATCH]]))
    await tx.tally(PARTITIONS, undefined)
    const stamps = ids.map((id, at) => stampOf(id, numbers.get(1)?.[at], sequences[at]))
    await tx.insert(stamps)
    return stamps
  })
  const landed = rows.map(({ id, number }) => ({ id, number, offset: number }))
  await store.acknowledge({ ...feed, partition: 1 }, landed)
}

function stampOf(id: string, number = -1n, sequence: bigint | null = null): NewStamp {
  const record = { key: null, value: Buffer.from(id), headers: {} }
  return { id, partition: 1, number, sequence, contentHash: id, record }
}

describe('a batch of a source reads its own rows, in spite of all earlier changes of the source', () => {
  const read = (isNumbered: boolean): Promise<number> =>
    rowsRead({ worker: tenants, catalogue: fresh.db }, /^stamp|^waiting_record/, () =>
      takeBatch(BATCHES, isNumbered),
    )

  it.each([
    ['its events have sequences', true],
    ['they have none', false],
  ])('before anybody has counted its rows: %s', async (_, isNumbered) => {
    for (let batch = 0; batch < BATCHES; batch += 1) await takeBatch(batch, isNumbered)
    expect(await read(isNumbered)).toBeLessThan(READ_MAX)
  })

  it('reads all of them where any index that begins with the feed serves (control)', async () => {
    for (const text of [
      'DROP INDEX stamp_by_age',
      'CREATE INDEX stamp_by_age ON stamp (tenant, source, created_at)',
    ]) {
      await fresh.db.query({ name: '', text })
    }
    for (let batch = 0; batch < BATCHES; batch += 1) await takeBatch(batch, false)
    expect(await read(false)).toBeGreaterThan(BATCHES * BATCH)
  })
})

describe('while a transaction of the database stays open', () => {
  let report: Database
  beforeEach(async () => {
    report = await openTransaction(fresh.url, { isolation: 'REPEATABLE READ' })
    // Plans are made while the queue is empty, as in a gateway that has just started.
    for (const [, work] of READS) await work(postgresStampStore(tenants))
    for (let batch = 0; batch < BATCHES; batch += 1) await takeBatch(batch, false)
  })
  afterEach(() => report.close())

  const at = { ...feed, partition: 1 }
  const tally = (store: StampStore) => store.inFeed(feed, (tx) => tx.tally(PARTITIONS, undefined))
  const READS: readonly (readonly [string, (store: StampStore) => Promise<unknown>])[] = [
    ['what a producer reads', (store) => store.unacknowledged(at, 500, 'all')],
    ['what a heartbeat asks', tally],
    [
      'what numbering reads',
      (store) => store.inFeed(feed, (tx) => tx.freeNumbers(new Map([[1, 1]]))),
    ],
    ['what a source sees of itself', (store) => store.status(feed, 10)],
  ]
  const read = (work: (store: StampStore) => Promise<unknown>): Promise<number> =>
    rowsRead({ worker: tenants, catalogue: fresh.db }, /^waiting_record$/, () =>
      work(postgresStampStore(tenants)),
    )

  it.each(READS)('%s passes none of the records that were acknowledged before', async (_, work) => {
    // The floor moves with the next batch: of the last one it knows only that its numbers are given.
    expect(await read(work)).toBeLessThanOrEqual(2 * BATCH)
  })

  it.each(READS)('control: read from the start, %s passes all of them', async (_, work) => {
    await fresh.db.query({ name: '', text: 'UPDATE stamp_free SET waits_from = 1' })
    expect(await read(work)).toBeGreaterThanOrEqual(BATCHES * BATCH)
  })

  it('a sweep of recent records passes only those of this time', async () => {
    const system = createDatabase({
      url: fresh.url,
      applicationName: 'freshet-test',
      role: 'freshet_system',
      max: 1,
    })
    const leftoverRows = (age: WaitingAge): Promise<number> =>
      rowsRead({ worker: system, catalogue: fresh.db }, /^waiting_record$/, () =>
        postgresStampStore(tenants, system).leftovers(age, 200),
      )
    expect(await leftoverRows({ olderThanMs: 0, youngerThanMs: 0 })).toBe(0)
    expect(await leftoverRows({ olderThanMs: 0 })).toBeGreaterThanOrEqual(BATCHES * BATCH)
    await system.close()
  })
})

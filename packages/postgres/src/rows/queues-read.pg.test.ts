import { sealOnce } from '@freshet/audit'
import { MARK_STEP_MARKS, MARK_STEP_ROWS } from '@freshet/reconciler'
import { auditEntry, auditWorld, markAll } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { openTransaction } from '../../../../test/setup/open-transaction.ts'
import { indexPagesRead, rowsRead } from '../../../../test/setup/rows-read.ts'
import { postgresAuditLog } from '../audit/append-audit.ts'
import { postgresSealStore } from '../audit/seal-store.ts'
import { createDatabase, type Database } from '../connection/pool.ts'
import { postgresMarkStore } from '../recorder/marks/mark-store.ts'

/** Rows that were removed from a queue while a snapshot was open, of each of two tenants. */
const REMOVED = 1_000
/** The rows that a look can read of the queue: a page of its index begins before the floor. */
const READ_MAX = 20
/** More marks than a search for tenants reads. */
const CROWD = 1_500
/** Enough marks to fill many pages of each index. */
const MANY = 20_000
/** A step descends each index of the queue a few times. */
const PAGES_MAX = 60

let fresh: FreshDatabase
let worker: Database
let report: Database
beforeEach(async () => {
  fresh = await freshDatabase()
  const options = { url: fresh.url, applicationName: 'freshet-test', planOnce: true } as const
  worker = createDatabase({ ...options, role: 'freshet_system', max: 1 })
  for (const table of ['token_mark', 'audit_pending'])
    await run(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`)
  report = await openTransaction(fresh.url, { isolation: 'REPEATABLE READ' })
})
afterEach(async () => {
  await report.close()
  await worker.close()
  await fresh.drop()
})

async function run(text: string): Promise<void> {
  await fresh.db.query({ name: '', text })
}

const read = (tables: RegExp, work: () => Promise<unknown>): Promise<number> =>
  rowsRead({ worker, catalogue: fresh.db }, tables, work)

describe('marking, while a snapshot is open since before the marks that were made', () => {
  const limit = { rows: MARK_STEP_ROWS, marks: MARK_STEP_MARKS, after: '' }
  const markRows = (behind: bigint): Promise<number> =>
    read(/^token_mark/, () => postgresMarkStore(worker).markSome({ ...limit, behind }))

  beforeEach(async () => {
    // Plans are made while the queue is empty, as in a reconciler that has just started.
    await postgresMarkStore(worker).markSome({ ...limit, behind: 0n })
    await addMarks(REMOVED)
    await markAll(postgresMarkStore(worker))
  })

  function addMarks(count: number, tenants = ['acme', 'globex']): Promise<void> {
    return run(`
      INSERT INTO token_mark (kind, tenant, target, claim, e, position, reason, source, change,
        partition, at_ms, wide)
      SELECT 'subject', tenant, 'nobody', 'groups', 1, 9, 'claim-changed', 'hr', 'c' || n, 1, 1, false
      FROM generate_series(1, ${count}) AS n, unnest('{${tenants.join()}}'::text[]) AS tenant`)
  }

  async function floorOf(): Promise<bigint> {
    let floor = 0n
    const onFloor = (before: bigint): void => void (floor = before - 1n)
    await postgresMarkStore(worker).markSome({ ...limit, marks: 1, onFloor })
    return floor
  }

  it('passes none of them behind the time at which nothing waited, and finds later marks', async () => {
    const floor = await floorOf()
    expect(await markRows(floor)).toBeLessThan(READ_MAX)
    await addMarks(1)
    const step = await postgresMarkStore(worker).markSome({ ...limit, behind: floor })
    expect(step).toMatchObject({ tenant: 'acme', made: 1 })
  })

  it('passes none of them behind the mark that waits longest', async () => {
    await addMarks(2)
    expect(await markRows(await floorOf())).toBeLessThan(READ_MAX)
  })

  it('finds a mark again that another process had in progress and gave back', async () => {
    await addMarks(1)
    const other = await openTransaction(fresh.url)
    await other.query({ name: '', text: 'SELECT FROM token_mark FOR UPDATE' })
    const floor = await floorOf()
    expect(await postgresMarkStore(worker).markSome(limit)).toBeUndefined()
    await other.close()
    const step = await postgresMarkStore(worker).markSome({ ...limit, behind: floor })
    expect(step).toMatchObject({ tenant: 'acme', made: 1 })
  })

  it('reads the marks of each tenant in turn, also behind a flood of another one', async () => {
    await addMarks(CROWD, ['acme'])
    await addMarks(1, ['globex'])
    const store = postgresMarkStore(worker)
    const first = await store.markSome({ ...limit, behind: await floorOf() })
    const second = await store.markSome({ ...limit, after: first?.tenant ?? '' })
    expect(new Set([first?.tenant, second?.tenant])).toEqual(new Set(['acme', 'globex']))
  })

  it('reads few pages of their indexes for a step of the second tenant and of the first', async () => {
    await addMarks(MANY)
    await markAll(postgresMarkStore(worker))
    const floor = await floorOf()
    const pages = (behind: bigint): Promise<number> =>
      indexPagesRead({ worker, catalogue: fresh.db }, /^token_mark/, () =>
        postgresMarkStore(worker).markSome({ ...limit, behind }),
      )
    await addMarks(1)
    expect(await pages(floor)).toBeLessThan(PAGES_MAX)
    expect(await pages(floor)).toBeLessThan(PAGES_MAX)
    // Control: from the start it reads the pages of all of them.
    await addMarks(1)
    expect(await pages(0n)).toBeGreaterThan(MANY / 500)
  })

  it('control: passes all of them from the start', async () => {
    expect(await markRows(0n)).toBeGreaterThanOrEqual(2 * REMOVED)
  })
})

describe('sealing, while a snapshot is open since before the entries that were sealed', () => {
  const sealRows = (after: bigint): Promise<number> =>
    read(/^audit_pending/, () =>
      postgresSealStore(worker).inStream('control', (tx) => tx.pending(10, after)),
    )

  it('passes none of them behind the last one (control: all of them from the start)', async () => {
    const { signing: key } = await auditWorld()
    await sealRows(0n)
    const entries = Array.from({ length: REMOVED }, (_, n) => auditEntry(n))
    await postgresAuditLog(fresh.tenants).append(entries)
    await sealOnce(postgresSealStore(worker), 'control', { nowMs: 0, key })
    expect(await sealRows(BigInt(REMOVED))).toBeLessThan(READ_MAX)
    expect(await sealRows(0n)).toBeGreaterThanOrEqual(REMOVED)
  })
})

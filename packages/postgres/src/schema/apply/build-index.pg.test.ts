import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { openTransaction } from '../../../../../test/setup/open-transaction.ts'
import type { Database } from '../../connection/pool.ts'
import { migrate, STEP_LIMITS } from '../migrate.ts'
import { readMigrations } from '../migration-files.ts'
import { migrationStatus } from '../migration-status.ts'

const FILE = '0002_by_text.sql'
const MARKED = '-- concurrently\nCREATE INDEX CONCURRENTLY a_by_text ON a (text);\n'
const QUICK = { interval: 10 }
/** A writer of a service that does not wait for a lock. */
const WRITE = `BEGIN; SET LOCAL lock_timeout = '50ms'; INSERT INTO a VALUES (2, 'b'); COMMIT`

let fresh: FreshDatabase
let dir: string
let writer: Database

beforeEach(async () => {
  fresh = await freshDatabase({ migrated: false })
  dir = await mkdtemp(join(tmpdir(), 'freshet-migrations-'))
  await writeFile(join(dir, '0001_first.sql'), 'CREATE TABLE a (id int, text text)')
  await migrate(fresh.db, dir)
  await writeFile(join(dir, FILE), MARKED)
  writer = await openTransaction(fresh.url, { applicationName: 'nightly-report' })
  await writer.query({ name: '', text: `INSERT INTO a VALUES (1, 'a')` })
})
afterEach(async () => {
  await writer.close()
  await fresh.drop()
  await rm(dir, { recursive: true })
})

const rowsOf = async (text: string): Promise<readonly object[]> =>
  (await fresh.db.query({ name: '', text })).rows
const indexes = (): Promise<readonly object[]> =>
  rowsOf(`SELECT c.relname::text AS name, i.indisvalid AS valid FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'a'::regclass`)
/** Waits until a session waits for the transaction of the writer. */
const untilWaiting = (): Promise<void> =>
  expect
    .poll(
      () =>
        rowsOf(`SELECT count(*)::int AS n FROM pg_stat_activity
          WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`),
      QUICK,
    )
    .toEqual([{ n: 1 }])
const VALID = [{ name: 'a_by_text', valid: true }]

describe('a step that is marked -- concurrently', () => {
  it('builds its index while a transaction is open and others write', async () => {
    const running = migrate(fresh.db, dir)
    await untilWaiting()
    await rowsOf(WRITE)
    expect(await migrationStatus(fresh.db, dir)).toMatchObject({ state: 'older' })
    await writer.close()
    expect(await running).toEqual(['0002_by_text'])
    expect(await indexes()).toEqual(VALID)
    expect(await migrationStatus(fresh.db, dir)).toMatchObject({ state: 'current' })
  })

  it('control: the same index in a transaction makes writers wait', async () => {
    await writeFile(join(dir, FILE), 'CREATE INDEX a_by_text ON a (text)')
    const patient = { ...STEP_LIMITS, lockTimeoutMs: 60_000 }
    const running = migrate(fresh.db, dir, patient)
    await untilWaiting()
    await expect(rowsOf(WRITE)).rejects.toMatchObject({ code: 'database.timeout' })
    await writer.close()
    await running
  })

  it('begins anew after its session was killed: the invalid index is removed', async () => {
    const running = migrate(fresh.db, dir).catch((error: unknown) => error)
    await untilWaiting()
    await rowsOf(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`)
    expect(await running).toMatchObject({ code: 'database.unavailable' })
    expect(await indexes()).toEqual([{ name: 'a_by_text', valid: false }])
    expect(await migrationStatus(fresh.db, dir)).toMatchObject({ pending: ['0002_by_text'] })
    await writer.close()
    expect(await migrate(fresh.db, dir)).toEqual(['0002_by_text'])
    expect(await indexes()).toEqual(VALID)
  })

  it('ends at its limit with the session for which it waited, and begins anew', async () => {
    const brief = migrate(fresh.db, dir, { ...STEP_LIMITS, buildMs: 1_000 })
    const error: unknown = await brief.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'database.timeout' })
    expect(String(error)).toContain('0002_by_text did not build its index within 1 s')
    expect(String(error)).toMatch(/\(nightly-report\) holds it/)
    await writer.close()
    expect(await migrate(fresh.db, dir)).toEqual(['0002_by_text'])
    expect(await indexes()).toEqual(VALID)
  })

  it('keeps a valid index that was built before the step was recorded', async () => {
    await writer.close()
    await rowsOf('CREATE INDEX CONCURRENTLY a_by_text ON a (text)')
    const [before] = await rowsOf(`SELECT 'a_by_text'::regclass::oid AS oid`)
    expect(await migrate(fresh.db, dir)).toEqual(['0002_by_text'])
    expect(await rowsOf(`SELECT 'a_by_text'::regclass::oid AS oid`)).toEqual([before])
  })

  it('refuses an index with its name on another table', async () => {
    await rowsOf('CREATE TABLE b (id int); CREATE INDEX a_by_text ON b (id)')
    await expect(migrate(fresh.db, dir)).rejects.toThrow(/a_by_text is on the table b/)
  })

  it('fails if rows break its uniqueness, and succeeds after these were mended', async () => {
    await writer.close()
    await writeFile(join(dir, FILE), MARKED.replace('CREATE INDEX', 'CREATE UNIQUE INDEX'))
    await rowsOf(`INSERT INTO a VALUES (1, 'x'), (2, 'x')`)
    await expect(migrate(fresh.db, dir)).rejects.toMatchObject({ name: 'FreshetError' })
    await rowsOf('DELETE FROM a WHERE id = 1')
    expect(await migrate(fresh.db, dir)).toEqual(['0002_by_text'])
    expect(await indexes()).toEqual(VALID)
  })

  it('is built once by migrations that start together', async () => {
    await writer.close()
    const runs = Array.from({ length: 4 }, () => migrate(fresh.db, dir))
    expect((await Promise.all(runs)).flat()).toEqual(['0002_by_text'])
    expect(await indexes()).toEqual(VALID)
  })

  it('can be declared as one that earlier builds ignore', async () => {
    await writeFile(join(dir, FILE), `-- expand\n-- A reason.\n${MARKED}`)
    const marked = { expands: true, concurrent: { index: 'a_by_text', table: 'a' } }
    expect((await readMigrations(dir))[1]).toMatchObject({ expands: true })
    await writeFile(join(dir, FILE), `-- expand\n${MARKED}`)
    expect((await readMigrations(dir))[1]).toMatchObject(marked)
  })

  it.each([
    ['builds it in a transaction', 'CREATE INDEX a_by_text ON a (text);'],
    ['has another statement', `${MARKED}SELECT 1;`],
    ['gives it no name', 'CREATE INDEX CONCURRENTLY ON a (text);'],
    ['can meet an index of its name', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS x ON a (text);'],
  ])('is refused if it %s', async (_, sql) => {
    await writeFile(join(dir, FILE), `-- concurrently\n${sql}`)
    await expect(readMigrations(dir)).rejects.toThrow(/must be one statement/)
  })
})

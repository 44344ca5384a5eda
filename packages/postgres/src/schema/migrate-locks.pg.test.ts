import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { openTransaction } from '../../../../test/setup/open-transaction.ts'
import { LOCK_TIMEOUT_MS, type Database } from '../connection/pool.ts'
import { migrate, STEP_LIMITS } from './migrate.ts'
import { migrationStatus } from './migration-status.ts'

const FEW = { ...STEP_LIMITS, lockTimeoutMs: 150, attemptsMax: 3, pauseMs: 10 }
const MANY = { ...FEW, attemptsMax: 10_000 }
const STEP = 'CREATE TABLE c (id int); ALTER TABLE a ADD COLUMN name text;'
/** The reading of a holder appears in no error. */
const READ = { name: '', text: `SELECT 'hush' FROM a` }
const WAITERS = {
  name: '',
  text: `SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
}

let fresh: FreshDatabase
let dir: string
let holder: Database

beforeEach(async () => {
  fresh = await freshDatabase({ migrated: false })
  dir = await mkdtemp(join(tmpdir(), 'freshet-migrations-'))
  await writeFile(join(dir, '0001_first.sql'), 'CREATE TABLE a (id int)')
  await migrate(fresh.db, dir)
  await writeFile(join(dir, '0002_second.sql'), STEP)
  holder = await openTransaction(fresh.url, { applicationName: 'nightly-report' })
  await holder.query(READ)
})
afterEach(async () => {
  await holder.close()
  await fresh.drop()
  await rm(dir, { recursive: true })
})

const pidOf = async (db: Database): Promise<number> => {
  const { rows } = await db.query<{ pid: number }>({
    name: '',
    text: 'SELECT pg_backend_pid() pid',
  })
  return rows[0]?.pid ?? 0
}

describe('a migration whose step gets no lock', () => {
  it('ends with the step and the session that holds it, and leaves nothing of the step', async () => {
    const failed = await migrate(fresh.db, dir, FEW).catch((error: unknown) => error)
    const { code, message } = failed as { readonly code: string; readonly message: string }
    expect(code).toBe('database.timeout')
    expect(message).toContain('Migration 0002_second got no lock within 3 attempts of 150 ms')
    expect(message).toContain(`process ${await pidOf(holder)} (nightly-report) holds it`)
    expect(message).not.toContain('hush')
    const { rows } = await fresh.db.query({ name: '', text: `SELECT to_regclass('c') AS made` })
    expect(rows).toEqual([{ made: null }])
    expect(await migrationStatus(fresh.db, dir)).toMatchObject({ pending: ['0002_second'] })
  })

  it('names the session in its only attempt, too', async () => {
    const once = migrate(fresh.db, dir, { ...FEW, attemptsMax: 1 })
    await expect(once).rejects.toThrow(/within 1 attempts .*nightly-report/)
  })

  it('goes on when the session ends', async () => {
    const running = migrate(fresh.db, dir, MANY)
    await expect
      .poll(async () => (await fresh.db.query(WAITERS)).rows, { interval: 10 })
      .toEqual([{ n: 1 }])
    await holder.close()
    expect(await running).toEqual(['0002_second'])
  })

  it('lets readers through between its attempts', async () => {
    const running = migrate(fresh.db, dir, MANY)
    await expect
      .poll(async () => (await fresh.db.query(WAITERS)).rows, { interval: 10 })
      .toEqual([{ n: 1 }])
    await fresh.db.query(READ)
    expect(await migrationStatus(fresh.db, dir)).toMatchObject({ state: 'older' })
    await holder.close()
    await running
  })

  it('waits for less time than a statement of a service waits for a lock', () => {
    expect(STEP_LIMITS.lockTimeoutMs).toBeLessThan(LOCK_TIMEOUT_MS)
  })
})

import type { Database } from '@freshet/postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { openTransaction } from '../../../../../test/setup/open-transaction.ts'
import { oldestSnapshot, snapshotFinding } from './oldest-snapshot.ts'

let fresh: FreshDatabase
const open: Database[] = []
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(async () => {
  await Promise.all(open.map((database) => database.close()))
  await fresh.drop()
})

async function leaveOpen(applicationName: string): Promise<number> {
  const isolation = 'REPEATABLE READ'
  const database = await openTransaction(fresh.url, { isolation, applicationName })
  open.push(database)
  const text = 'SELECT pg_backend_pid() AS pid'
  const { rows } = await database.query<{ pid: number }>({ name: '', text })
  return rows[0]?.pid ?? 0
}

it('the oldest snapshot is named by its process and application, with the SQL that ends it', async () => {
  const pid = await leaveOpen('pg_dump')
  // So that the two differ by transactions, too.
  await fresh.db.query({ name: '', text: 'CREATE TABLE between (id int)' })
  await leaveOpen('report')
  const oldest = await oldestSnapshot(fresh.db)
  expect(oldest).toMatchObject({
    holder: `process ${pid} (pg_dump)`,
    transactions: expect.any(Number),
  })
  expect(oldest?.age_s).toBeGreaterThanOrEqual(0)
  expect(snapshotFinding(oldest).outcome).toBe('ok')
  const { fix } = snapshotFinding(oldest && { ...oldest, age_s: 3_600 })
  const [, sql = ''] = /end it: (.*); see/.exec(fix ?? '') ?? []
  await fresh.db.query({ name: '', text: sql })
  await expect.poll(async () => (await oldestSnapshot(fresh.db))?.holder).toMatch(/\(report\)$/)
})

import {
  ManualClock,
  registerIntakeContract,
  registerPruneStampsContract,
  type PlacedStamp,
  type StampStoreUnderTest,
} from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import type { Database } from '../connection/pool.ts'
import { postgresPruneStore } from '../prune/prune-store.ts'
import { upsertStamps } from '../recorder/save-rows.ts'
import { postgresSourceViewStore } from './source-view.ts'
import { postgresStampStore } from './stamp-store.ts'

const TABLES = ['stamp', 'waiting_record', 'stamp_feed', 'stamp_free', 'feed'] as const

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

async function stamps(): Promise<StampStoreUnderTest> {
  const { db } = database
  await run(db, emptied(TABLES.join()))
  return {
    store: postgresStampStore(database.tenants, database.system),
    view: postgresSourceViewStore(database.tenants),
    clock: new ManualClock(),
    backup: () => backup(db),
    learn: async (stamp) => learn(db, stamp),
    age: async (ms) => {
      for (const table of ['stamp', 'waiting_record'])
        await run(db, `UPDATE ${table} SET created_at = created_at - interval '${ms} ms'`)
    },
  }
}

registerIntakeContract('postgres', stamps)
registerPruneStampsContract('postgres', async () => ({
  ...(await stamps()),
  prune: postgresPruneStore(database.system),
  nowMs: () => Date.now(),
}))

async function run(db: Database, text: string): Promise<void> {
  await db.query({ name: '', text })
}

async function backup(db: Database): Promise<() => Promise<void>> {
  for (const table of TABLES) {
    await run(db, `DROP TABLE IF EXISTS backup_${table}`)
    await run(db, `CREATE TABLE backup_${table} AS TABLE ${table}`)
  }
  return async () => {
    for (const table of TABLES) {
      await run(db, `DELETE FROM ${table}`)
      await run(db, `INSERT INTO ${table} TABLE backup_${table}`)
    }
  }
}

async function learn(db: Database, stamp: PlacedStamp): Promise<void> {
  const { tenant, source, id, partition, number, sequence, contentHash, offset } = stamp
  const columns = [tenant, source, id, number, sequence, contentHash, offset].map((value) => [
    value,
  ])
  await db.query(upsertStamps, [partition, ...columns])
  const text = `INSERT INTO feed (tenant, source, partition, complete, beyond, halted)
    VALUES ($1, $2, $3, 0, '{}', false) ON CONFLICT DO NOTHING`
  await db.query({ name: 'test-learn-feed', text }, [tenant, source, partition])
}

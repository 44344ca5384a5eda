import { registerSourceUseContract } from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { postgresSourceUseStore } from './source-use-store.ts'

const empty = { name: 'test-source-uses-empty', text: 'TRUNCATE source_assertion' }

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase({ planOnce: true })
})
afterAll(() => database.drop())

registerSourceUseContract('postgres', async () => {
  await database.db.query(empty)
  return [postgresSourceUseStore(database.tenants), postgresSourceUseStore(database.tenants)]
})

import { registerAssertionContract } from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { postgresAssertionStore } from './assertion-store.ts'

const empty = { name: 'test-assertions-empty', text: 'TRUNCATE client_assertion' }

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

registerAssertionContract('postgres', async () => {
  await database.db.query(empty)
  return [postgresAssertionStore(database.tenants), postgresAssertionStore(database.tenants)]
})

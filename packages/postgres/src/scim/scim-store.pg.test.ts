import { registerScimContract } from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { postgresScimStore } from './scim-store.ts'

const empty = { name: 'test-scim-empty', text: 'TRUNCATE scim_resource CASCADE' }

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

registerScimContract('postgres', async () => {
  await database.db.query(empty)
  return (tenant, source) => postgresScimStore(database.tenants, tenant, source)
})

import { registerPruneContract } from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { postgresPruneStore } from './prune-watermarks.ts'

const empty = { name: 'test-prune-empty', text: 'TRUNCATE watermark' }
const insert = {
  name: 'test-prune-insert',
  text: `INSERT INTO watermark (scope_key, tenant, partition, e, position, source, change, time_ms,
    raised_at_ms) VALUES ($1, 'acme', 1, 1, 1, 'hr', 'c', 0, $2)`,
}
const select = {
  name: 'test-prune-left',
  text: 'SELECT scope_key FROM watermark ORDER BY scope_key',
}

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

registerPruneContract('postgres', async () => {
  await database.db.query(empty)
  return {
    store: postgresPruneStore(database.db),
    async addWatermark(scopeKey, raisedAtMs) {
      await database.db.query(insert, [scopeKey, raisedAtMs])
    },
    async left() {
      const { rows } = await database.db.query<{ scope_key: string }>(select)
      return rows.map((row) => row.scope_key)
    },
  }
})

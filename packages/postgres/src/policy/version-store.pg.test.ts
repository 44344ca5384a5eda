import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registerVersionContract } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { migrate } from '../schema/migrate.ts'
import { MIGRATIONS_DIR } from '../schema/migration-files.ts'
import { postgresVersionStore } from './version-store.ts'

const run = (text: string) => database.db.query({ name: '', text })

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

registerVersionContract('postgres', async () => {
  await run('TRUNCATE policy_version, activation_order, progress, audit_pending')
  return {
    stores: [postgresVersionStore(database.system), postgresVersionStore(database.system)],
    async audited() {
      const text = `SELECT concat_ws(' ', j->>'kind', j->>'ref', j->>'by') AS line
        FROM (SELECT id, entry::json AS j FROM audit_pending) AS e ORDER BY id`
      const { rows } = await database.db.query<{ line: string }>({ name: '', text })
      return rows.map(({ line }) => line)
    },
    goBy: async (partition, { pv, hash }) => {
      await run(`INSERT INTO progress (partition, e, active_pv, active_hash)
        VALUES (${partition}, 1, ${pv}, '${hash}')`)
    },
  }
})

describe('the table of policy versions', () => {
  it.each([
    `UPDATE policy_version SET document = '{}'`,
    'DELETE FROM policy_version',
    `UPDATE activation_order SET reason = 'another'`,
    'DELETE FROM activation_order',
  ])('refuses %s', async (text) => {
    await run('TRUNCATE policy_version, activation_order')
    const store = postgresVersionStore(database.system)
    await store.publish({ pv: 1, hash: 'one', document: '{}', by: 'ann', atMs: 1 })
    await store.order({ pv: 1, minimum: 0, by: 'ann', reason: 'first', atMs: 2 }, 0)
    await expect(run(text)).rejects.toMatchObject({ name: 'FreshetError' })
  })
})

describe('the migration of policy versions', () => {
  it('keeps what a database of the version before has of activations', async () => {
    const before = await freshDatabase({ migrated: false })
    const dir = await mkdtemp(join(tmpdir(), 'freshet-migrations-'))
    try {
      for (const file of await readdir(MIGRATIONS_DIR)) {
        if (file < '0014') await cp(join(MIGRATIONS_DIR, file), join(dir, file))
      }
      await migrate(before.db, dir)
      const text = `
        INSERT INTO registry_version (pv, hash) VALUES (3, 'three');
        INSERT INTO progress (partition, e, active_pv, active_hash) VALUES (0, 1, 3, 'three');`
      await before.db.query({ name: '', text })
      expect(await migrate(before.db)).toContain('0014_policy_versions')
      const status = await postgresVersionStore(before.db).status(5)
      expect(status).toMatchObject({ control: { pv: 3, hash: 'three' }, newest: [] })
    } finally {
      await before.drop()
      await rm(dir, { recursive: true })
    }
  })
})

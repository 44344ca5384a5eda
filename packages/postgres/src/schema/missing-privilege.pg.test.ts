import { randomBytes } from 'node:crypto'
import { inject, describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'
import { requireMigrated } from './require-migrated.ts'
import { createDatabase } from '../connection/pool.ts'

const server = inject('postgresUrl')

async function run(text: string): Promise<void> {
  await using db = createDatabase({ url: server, max: 1, applicationName: 'freshet-test' })
  await db.query({ name: '', text })
}

describe('a login without CREATEROLE', () => {
  const name = `freshet_plain_${randomBytes(6).toString('hex')}`

  it('is shown the SQL that an administrator runs, and migrates after it', async () => {
    await run(`CREATE ROLE ${name} LOGIN PASSWORD '${name}'`)
    await run(`CREATE DATABASE ${name} TEMPLATE template0`)
    const place = { pathname: `/${name}`, username: name, password: name }
    const administrator = Object.assign(new URL(server), { pathname: `/${name}` }).href
    const url = Object.assign(new URL(server), place).href
    const options = { max: 1, applicationName: 'freshet-test' }
    try {
      await using login = createDatabase({ ...options, url })
      await using dba = createDatabase({ ...options, url: administrator })
      const failed = migrate(login)
      await expect(failed).rejects.toMatchObject({
        code: 'database.privilege',
        disposition: 'stop',
      })
      const { message } = (await failed.catch((error: unknown) => error)) as Error
      expect(message).toContain(name)
      expect(message).not.toContain('freshet db migrate')
      const sql = message.split('\n').filter((line) => line.endsWith(';'))
      expect(sql.join()).toMatch(/GRANT freshet_tenant, freshet_system, freshet_ledger TO/)
      for (const text of sql) await dba.query({ name: '', text })
      expect((await migrate(login)).length).toBeGreaterThan(30)
      await using tenants = createDatabase({ ...options, url, role: 'freshet_tenant' })
      await requireMigrated(tenants)
    } finally {
      await run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
      await run(`DROP ROLE ${name}`)
    }
  })
})

import {
  createDatabase,
  migrate,
  planLogins,
  postgresTokenPartitions,
  requireMigrated,
  rolesSql,
  rowSecurity,
  type Database,
  type DatabaseLogin,
} from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { startManagedPostgres, type ManagedPostgres } from './managed-postgres.ts'

type Role = DatabaseLogin['roles'][number]

const ROLES: readonly Role[] = ['freshet_tenant', 'freshet_system', 'freshet_ledger']
/** The pools of each service, as its `main.ts` creates them. */
const POOLS: readonly (readonly [string, readonly Role[]])[] = [
  ['gateway', ['freshet_tenant', 'freshet_system']],
  ['reconciler', ['freshet_system']],
  ['authority', ['freshet_tenant', 'freshet_ledger']],
  ['console', ['freshet_system']],
]

let managed: ManagedPostgres

const as = (process: string, role?: Role): Database =>
  createDatabase({
    url: managed.urlOf({ login: `freshet_${process}` }),
    max: 1,
    applicationName: 'freshet-test',
    ...(role && { role }),
  })

/** Uses a pool as a service that starts does. The owner of the ledger reads no table, also not the record. */
async function start(database: Database): Promise<void> {
  await using db = database
  if (db.role === 'freshet_ledger') await postgresTokenPartitions(db).ensure(0, 1)
  else await requireMigrated(db)
}

/** Runs the command with the login of a URL. */
async function freshet(url: string, ...words: readonly string[]) {
  const shell = recordingShell({ env: { DATABASE_URL: url } })
  const code = await runCommand(words, shell)
  return { code, ...shell.written() }
}

describe('a database whose administrator is not a superuser', () => {
  beforeAll(async () => {
    managed = await startManagedPostgres()
  })
  afterAll(() => managed[Symbol.asyncDispose]())

  it('is not migrated by a plain login: the error names what is missing, and no step is applied', async () => {
    await managed.asAdministrator(`CREATE ROLE plain LOGIN PASSWORD 'plain'`)
    const { code, out, err } = await freshet(managed.urlOf({ login: 'plain' }), 'db', 'migrate')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('database.privilege')
    expect(err).toContain(
      'CREATEROLE, to create freshet_tenant, freshet_system, freshet_ledger, CREATE on schema public',
    )
    expect(err).toContain('freshet db roles -o sql --login migrate=plain')
    expect(err).not.toContain('Run `freshet db migrate`')
    const status = await freshet(managed.urlOf({ login: 'plain' }), 'db', 'status', '-o', 'json')
    expect(JSON.parse(status.out)).toMatchObject({ state: 'older', applied: [] })
  })

  it('has the roles and logins after the SQL, which runs again without an error', async () => {
    await managed.createLogins()
    await managed.createLogins()
    await using db = as('migrate')
    const text = `SELECT rolname FROM pg_roles WHERE rolname LIKE 'freshet!_%' ESCAPE '!'
      AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication)`
    expect((await db.query({ name: '', text })).rows).toEqual([])
  })

  it('is migrated by a login without SUPERUSER and CREATEROLE', async () => {
    const url = managed.urlOf()
    const planned = await freshet(url, 'db', 'migrate', '--dry-run', '-o', 'json')
    expect(planned).toMatchObject({ code: 0, err: '' })
    await using db = as('migrate')
    expect((await migrate(db)).length).toBeGreaterThan(40)
    expect(await rowSecurity(db)).toEqual({ open: [], unfit: [], loginPasses: true })
    expect(await freshet(url, 'db', 'status')).toMatchObject({ code: 0 })
  })

  it.each(POOLS)('lets the login of the %s do its work', async (process, roles) => {
    for (const role of roles) await start(as(process, role))
  })

  it.each(POOLS)('refuses the login of the %s every other role', async (process, roles) => {
    for (const role of ROLES.filter((each) => !roles.includes(each))) {
      await expect(start(as(process, role))).rejects.toMatchObject({
        code: 'database.privilege',
        message: expect.stringMatching(
          new RegExp(`Login freshet_${process} is not a member of role ${role}.*GRANT ${role} TO`),
        ) as unknown,
      })
    }
  })

  it.each(POOLS)('gives the login of the %s no right of its own', async (process) => {
    await using db = as(process)
    for (const text of [
      'SELECT FROM issuance',
      'SELECT FROM freshet_migration',
      'CREATE TABLE x ()',
    ])
      await expect(db.query({ name: '', text })).rejects.toMatchObject({
        cause: expect.objectContaining({ state: '42501' }) as unknown,
      })
  })

  it('lets the authority make partitions of the ledger, and read none of them as their owner', async () => {
    await using ledger = as('authority', 'freshet_ledger')
    await postgresTokenPartitions(ledger).ensure(1, 2)
    const { rows } = await ledger.query({ name: '', text: 'SELECT FROM token' })
    expect(rows).toEqual([])
  })

  it('undoes the SQL if one of the logins could bypass row-level security', async () => {
    const names = new Map([['console', 'freshet'] as const, ['gateway', 'plain'] as const])
    const url = managed.urlOf({ login: 'dba' })
    await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
    const client = await db.pool.connect()
    const errors: string[] = []
    // After an error, psql sends the rest.
    for (const part of rolesSql(planLogins(names)).split('\n\n'))
      await client.query(part).catch((error: Error) => errors.push(error.message))
    client.release(true)
    expect(errors[0]).toBe('freshet can bypass row-level security')
    const text = `SELECT pg_has_role('plain', 'freshet_tenant', 'SET') AS granted`
    expect((await db.query({ name: '', text })).rows).toEqual([{ granted: false }])
  })
})

import { createDatabase, inTransaction } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { startManagedPostgres, type ManagedPostgres } from './managed-postgres.ts'

let managed: ManagedPostgres
beforeAll(async () => {
  managed = await startManagedPostgres()
  await managed.createLogins()
  const env = { DATABASE_URL: managed.urlOf() }
  expect(await runCommand(['db', 'migrate'], recordingShell({ env }))).toBe(0)
})
afterAll(() => managed[Symbol.asyncDispose]())

/** Returns the checks of Postgres with the login of a URL. */
async function examine(
  url: string,
  ...options: readonly string[]
): Promise<readonly CheckResult[]> {
  const shell = recordingShell({ env: { DATABASE_URL: url } })
  await runCommand(['doctor', '-o', 'json', ...options], shell)
  const { checks } = JSON.parse(shell.written().out) as { readonly checks: readonly CheckResult[] }
  return checks.filter(({ group }) => group === 'Postgres')
}

async function failedIn(
  url: string,
  ...options: readonly string[]
): Promise<CheckResult | undefined> {
  return (await examine(url, ...options)).find(({ outcome }) => outcome === 'failed')
}

const textOf = (result: CheckResult | undefined): string =>
  `${result?.name}: ${result?.detail} ${result?.means} ${result?.fix}`

describe('freshet doctor on a managed Postgres', () => {
  it('control: finds no fault with the login that migrates, and with that of each service', async () => {
    expect(await failedIn(managed.urlOf())).toBeUndefined()
    for (const service of ['gateway', 'reconciler', 'authority', 'console']) {
      const checks = await examine(
        managed.urlOf({ login: `freshet_${service}` }),
        '--service',
        service,
      )
      expect(checks.filter(({ outcome }) => outcome === 'failed')).toEqual([])
      expect(checks.map(({ name }) => name)).toContain('the login can take its roles')
    }
  })

  it('names a certificate that another CA signed', async () => {
    const fault = await failedIn(managed.urlOf({ sslrootcert: 'other-ca.pem' }))
    expect(fault?.name).toBe('the database answers')
    expect(textOf(fault)).toMatch(/no known CA signed its certificate.*sslrootcert/)
  })

  it('names a certificate for another host', async () => {
    expect(textOf(await failedIn(managed.urlOf({ host: 'localhost' })))).toMatch(
      /certificate is for .*, not for localhost/,
    )
  })

  it('names a login without a role of its service, with the SQL', async () => {
    await managed.asAdministrator(`CREATE ROLE plain LOGIN PASSWORD 'plain'`)
    const fault = await failedIn(managed.urlOf({ login: 'plain' }), '--service', 'gateway')
    expect(fault?.name).toBe('the login can take its roles')
    expect(textOf(fault)).toMatch(/freshet_tenant.*GRANT freshet_tenant TO "plain"/)
  })

  it('names a login that the database does not accept', async () => {
    const fault = await failedIn(managed.urlOf({ login: 'freshet_gateway', password: 'hush' }))
    expect(fault?.name).toBe('the database answers')
    expect(textOf(fault)).toMatch(/refuses the password of login freshet_gateway/)
    expect(textOf(fault)).not.toContain('hush')
  })

  it('names the session for which a migration waits', async () => {
    const url = managed.urlOf()
    await using holder = createDatabase({ url, max: 1, applicationName: 'nightly-report' })
    const statement = (text: string) => ({ name: '', text })
    await holder.query(statement('CREATE TABLE held (id int)'))
    await using migration = createDatabase({ url, max: 1, applicationName: 'freshet-migrate' })
    let waits: Promise<unknown> | undefined
    await inTransaction(holder, {}, async (tx) => {
      await tx.query(statement('SET LOCAL idle_in_transaction_session_timeout = 0'))
      await tx.query(statement('SELECT FROM held'))
      // The statement of a migration waits behind the reader, for 2 s at most.
      waits = migration.query(statement('ALTER TABLE held ADD COLUMN more int')).catch(() => {})
      const found = await failedIn(url)
      expect(textOf(found)).toMatch(/no migration waits: .*process \d+ \(nightly-report\) holds it/)
    })
    await waits
    expect((await examine(url)).find(({ name }) => name === 'no migration waits')?.outcome).toBe(
      'ok',
    )
  })
})

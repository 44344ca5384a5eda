import { startPostgres, type LocalPostgres } from '@freshet/local-postgres'
import { planLogins, rolesSql } from '@freshet/postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { recordingShell } from '../../packages/cli/src/recorded/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { plansWithoutStores, startService } from '../setup/start-service.ts'
import { absentVersions, olderVersion, supportedVersions } from './installed-versions.ts'
import { startManagedPostgres, type ManagedPostgres } from './managed-postgres.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console'] as const

if (absentVersions.length > 0)
  process.stderr.write(
    `Postgres ${absentVersions.join(', ')}: skipped, not in ~/.cache/freshet/postgres\n`,
  )

it.runIf(process.env['CI'] !== undefined)('every version is installed where CI runs', () => {
  expect(absentVersions).toEqual([])
})

async function freshet(url: string, ...words: readonly string[]) {
  const shell = recordingShell({ env: { DATABASE_URL: url } })
  const code = await runCommand(words, shell)
  return { code, ...shell.written() }
}

async function failedChecks(url: string): Promise<readonly CheckResult[]> {
  const { out } = await freshet(url, 'doctor', '-o', 'json')
  const { checks } = JSON.parse(out) as { readonly checks: readonly CheckResult[] }
  return checks.filter(({ group, outcome }) => group === 'Postgres' && outcome === 'failed')
}

/** Starts a service on a database, and returns its exit code and output once it has ended. */
async function endOf(service: string, databaseUrl: string) {
  await using plans = await plansWithoutStores()
  const started = startService(plans.of(service), { DATABASE_URL: databaseUrl })
  const [code] = await started.exited
  return { code, told: started.told() }
}

/** Sends each statement by itself and goes on after an error, as psql does. Returns the errors. */
async function asPsql(url: string, sql: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const errors: string[] = []
  for (const part of sql.split('\n\n'))
    await client.query(part).catch((error: Error) => errors.push(error.message))
  await client.end()
  return errors
}

async function rolesIn(url: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(
    `SELECT rolname FROM pg_roles WHERE rolname ~ '^freshet_' ORDER BY 1`,
  )
  await client.end()
  return rows
}

describe.each(supportedVersions)('Postgres $major', ({ major, programs }) => {
  let managed: ManagedPostgres
  beforeAll(async () => {
    managed = await startManagedPostgres(programs)
  })
  afterAll(() => managed[Symbol.asyncDispose]())

  it('is that version', async () => {
    const client = new pg.Client({ connectionString: managed.superuserUrl })
    await client.connect()
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
    await client.end()
    expect(rows[0]?.server_version).toMatch(new RegExp(`^${major}\\.`))
  })

  it('takes the roles and logins, and the migration by a login without SUPERUSER', async () => {
    await managed.createLogins()
    expect(await freshet(managed.urlOf(), 'db', 'migrate')).toMatchObject({ code: 0 })
    expect(await freshet(managed.urlOf(), 'db', 'status')).toMatchObject({ code: 0 })
  })

  it('has no fault for `freshet doctor`', async () => {
    expect(await failedChecks(managed.urlOf())).toEqual([])
  })
})

describe.runIf(olderVersion !== undefined)('Postgres 15, which is too old', () => {
  const named = /Postgres 15\.\d+, and Freshet needs Postgres 16 or later/
  let server: LocalPostgres
  beforeAll(async () => {
    server = await startPostgres({
      durable: false,
      databaseUrl: '',
      programs: olderVersion?.programs,
    })
  })
  afterAll(() => server.stop())

  it('is refused by the first statement of the SQL of roles, and nothing is created', async () => {
    const errors = await asPsql(server.url, rolesSql(planLogins()))
    expect(errors[0]).toMatch(named)
    expect(await rolesIn(server.url)).toEqual([])
  })

  it('control: without that statement, the SQL ends with a syntax error that names no version', async () => {
    const parts = rolesSql(planLogins()).split('\n\n')
    const rest = parts.filter((part) => !part.includes('server_version_num'))
    expect(rest).toHaveLength(parts.length - 1)
    const errors = await asPsql(server.url, rest.join('\n\n'))
    expect(errors[0]).toMatch(/syntax error at or near "INHERIT"/)
  })

  it.each([['migrate'], ['migrate', '--dry-run'], ['status']])(
    'is refused by `freshet db %s`, which names both versions and the next step',
    async (...words) => {
      const { code, out, err } = await freshet(server.url, 'db', ...words)
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toMatch(named)
      expect(err).toContain('database.version')
      expect(err).toContain('docs/postgres.md')
    },
  )

  it('is a fault of `freshet doctor`', async () => {
    const faults = await failedChecks(server.url)
    expect(faults.map(({ name }) => name)).toEqual(['the database answers'])
    expect(faults[0]?.detail).toMatch(named)
  })

  it.each(SERVICES)('ends the start of the %s with 2', async (service) => {
    const { code, told } = await endOf(service, server.url)
    expect(code).toBe(2)
    expect(told).toMatch(named)
    expect(told).not.toContain(new URL(server.url).password)
  })
})

describe.runIf(supportedVersions.length > 0)('the oldest supported version', () => {
  let server: LocalPostgres
  beforeAll(async () => {
    const [oldest] = supportedVersions
    server = await startPostgres({ durable: false, databaseUrl: '', programs: oldest?.programs })
  })
  afterAll(() => server.stop())

  it.each(SERVICES)(
    'control: the start of the %s on it ends for its schema alone',
    async (service) => {
      const { code, told } = await endOf(service, server.url)
      expect(code).toBe(2)
      expect(told).not.toMatch(/needs Postgres/)
      expect(told).toMatch(/freshet db migrate/)
    },
  )
})

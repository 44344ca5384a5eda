import type { LocalPostgres } from '@freshet/local-postgres'
import { createDatabase, serverKind } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckResult } from '../../packages/cli/src/doctor/check.ts'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { plansWithoutStores, startService } from '../setup/start-service.ts'
import {
  absentVersions,
  olderVersion,
  startVersion,
  supportedVersions,
} from '../setup/postgres-versions.ts'
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
  return { code, output: started.output() }
}

describe.each(supportedVersions)('Postgres $major', ({ major, programs }) => {
  let managed: ManagedPostgres
  beforeAll(async () => {
    managed = await startManagedPostgres(programs)
  })
  afterAll(() => managed[Symbol.asyncDispose]())

  it('is that version', async () => {
    const url = managed.superuserUrl
    await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
    expect(await serverKind(db)).toMatch(new RegExp(`^postgres ${major}\\.`))
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
    server = await startVersion(olderVersion)
  })
  afterAll(() => server.stop())

  it.each([['migrate'], ['migrate', '--dry-run'], ['status']])(
    'is refused by `freshet db %s`, which names both versions and the next step',
    async (...words) => {
      const { code, out, err } = await freshet(server.url, 'db', ...words)
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toMatch(named)
      expect(err).toContain('database.version')
      expect(err).toContain('docs/features.md')
    },
  )

  it('is a fault of `freshet doctor`', async () => {
    const faults = await failedChecks(server.url)
    expect(faults.map(({ name }) => name)).toEqual(['the database answers'])
    expect(faults[0]?.detail).toMatch(named)
  })

  it.each(SERVICES)('ends the start of the %s with 2', async (service) => {
    const { code, output } = await endOf(service, server.url)
    expect(code).toBe(2)
    expect(output).toMatch(named)
    expect(output).not.toContain(new URL(server.url).password)
  })
})

describe.runIf(supportedVersions.length > 0)('the oldest supported version', () => {
  let server: LocalPostgres
  beforeAll(async () => {
    server = await startVersion(supportedVersions[0])
  })
  afterAll(() => server.stop())

  it.each(SERVICES)(
    'control: the start of the %s on it ends for its schema alone',
    async (service) => {
      const { code, output } = await endOf(service, server.url)
      expect(code).toBe(2)
      expect(output).not.toMatch(/needs Postgres/)
      expect(output).toMatch(/freshet db migrate/)
    },
  )
})

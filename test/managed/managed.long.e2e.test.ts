import { createDatabase } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { readPage, rowsOf } from '../docs/pages.ts'
import { check } from '../e2e/edge.ts'
import { sourceOf } from '../e2e/source.ts'
import { canRun, startOnStores, type TestStack } from '../e2e/test-stack.ts'
import { applied, recorded } from '../e2e/timeline.ts'
import { mint } from '../e2e/token.ts'
import { takeBroker, type StackBroker } from '../setup/stack-broker.ts'
import { supportedVersions } from '../setup/postgres-versions.ts'
import { startManagedPostgres, type ManagedPostgres } from './managed-postgres.ts'

const SERVICES = ['gateway', 'reconciler', 'authority', 'console']
const SESSIONS = {
  name: '',
  text: `SELECT application_name AS application, usename::text AS login, count(*)::int AS n
    FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
    WHERE ssl AND application_name LIKE 'freshet-%' GROUP BY 1, 2 ORDER BY 1`,
}

interface Session extends Record<string, unknown> {
  readonly application: string
  readonly login: string
  readonly n: number
}

describe.runIf(canRun)('Freshet on a managed Postgres, with a login for each service', () => {
  let managed: ManagedPostgres
  let broker: StackBroker
  let stack: TestStack

  beforeAll(async () => {
    // Other suites run on the newest version.
    managed = await startManagedPostgres(supportedVersions[0]?.programs)
    await managed.createLogins()
    broker = await takeBroker()
    const stores = { brokers: broker.brokers, databaseUrl: managed.urlOf() }
    stack = await startOnStores(stores, (name): Readonly<Record<string, string>> => {
      if (!SERVICES.includes(name)) return {}
      return { DATABASE_URL: managed.urlOf({ login: `freshet_${name}` }) }
    })
  })
  afterAll(async () => {
    await stack?.stop()
    await broker?.free()
    await managed?.[Symbol.asyncDispose]()
    expect(stack?.deaths).toEqual([])
  })

  const sessions = async (): Promise<readonly Session[]> => {
    await using db = createDatabase({ url: managed.superuserUrl, max: 1, applicationName: 'test' })
    return (await db.query<Session>(SESSIONS)).rows
  }

  it('a change goes from the source to a refusal at both edges', async () => {
    const hr = sourceOf(stack, 'hr')
    const claim = 'groups'
    await recorded(stack, await hr.send({ op: 'set', subject: 'alice', claim, value: ['a', 'b'] }))
    const token = await mint(stack, 'alice')
    await applied(stack, await hr.send({ op: 'remove', subject: 'alice', claim, value: 'b' }))
    for (const edge of ['sidecar', 'sidecar:2'] as const)
      expect(await check(stack, { token, require: { groups: ['b'] } }, edge)).toMatchObject({
        decision: 'deny',
      })
  })

  it('each service works with its own login over TLS, within the connections of the page', async () => {
    const rows = rowsOf(
      readPage('docs/postgres.md').text,
      /^(?:gateway|reconciler|authority|console)$/,
    )
    const most = new Map(rows.map(([name, n]) => [`freshet-${name}`, Number(n)]))
    const found = await sessions()
    expect(found.map(({ application, login }) => [application, login])).toEqual(
      SERVICES.toSorted().map((name) => [`freshet-${name}`, `freshet_${name}`]),
    )
    for (const { application, n } of found)
      expect(n).toBeLessThanOrEqual(most.get(application) ?? 0)
  })

  it('doctor and the audit work with the login that migrates', async () => {
    const env = {
      DATABASE_URL: managed.urlOf(),
      KAFKA_BROKERS: broker.brokers.join(','),
    }
    const shell = recordingShell({ env })
    await runCommand(['doctor', '--development', '-o', 'json'], shell)
    const { checks } = JSON.parse(shell.written().out) as {
      readonly checks: readonly { group: string; name: string; outcome: string; detail: string }[]
    }
    const onPostgres = checks.filter(({ group }) => group === 'Postgres')
    expect(onPostgres.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    const used = onPostgres.find(({ name }) => name === 'it has connections to spare')?.detail ?? ''
    expect(Number(used.split(' ')[0])).toBeGreaterThan(SERVICES.length)
    const audit = recordingShell({ env })
    expect(await runCommand(['audit', 'ls', '-o', 'json'], audit)).toBe(0)
  })
})

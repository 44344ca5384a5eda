import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, inTransaction, requireMigrated, type Database } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { ManagedProcess } from '../../packages/cli/src/stack/managed-process.ts'
import { servicePlans } from '../../packages/cli/src/stack/service-plans.ts'
import { freeEndpoints } from '../../packages/cli/src/stack/stack.ts'
import { prepareWorkspace } from '../../packages/cli/src/stack/workspace.ts'
import { isInstalled } from '../proxy/proxy-process.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { startPgbouncer, type Pooler, type PoolerOptions } from './pgbouncer.ts'

const isHere = isInstalled('pgbouncer', '--version')
if (!isHere)
  process.stderr.write('Postgres behind PgBouncer: skipped, pgbouncer is not installed\n')

it.runIf(process.env['CI'] !== undefined)('pgbouncer is installed where CI runs', () => {
  expect(isHere).toBe(true)
})

const TENANTS = ['acme', 'other']
const SEEN = { name: 'seen', text: 'SELECT tenant, current_user::text AS role FROM stamp_feed' }
const LIMITS = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']
const READ_LIMITS = {
  name: '',
  text: 'SELECT current_setting(s) AS v FROM unnest($1::text[]) AS s',
}

let fresh: FreshDatabase
let dir: string

const as = (url: string, role?: 'freshet_tenant' | 'freshet_system', max = 6): Database =>
  createDatabase({ url, max, applicationName: 'freshet-test', ...(role && { role }) })

/** Returns the rows that a pool reads for one tenant, by a statement of its own and in a transaction. */
async function seen(db: Database, tenant: string): Promise<unknown> {
  const alone = await db.ofTenant(tenant).query(SEEN)
  const inOne = await inTransaction(db, { tenant }, (tx) => tx.query(SEEN))
  return [...alone.rows, ...inOne.rows]
}

/** Starts an authority whose database is behind the pooler, and ends it again. */
async function startAuthority(databaseUrl: string): Promise<void> {
  const at = await freeEndpoints({ brokers: ['127.0.0.1:1'], databaseUrl })
  const plans = servicePlans(await prepareWorkspace(dir), at)
  const plan = plans.find(({ name }) => name === 'authority')
  if (plan === undefined) throw new Error('The stack has no authority.')
  const process = new ManagedProcess(plan, () => {})
  try {
    await process.start()
  } finally {
    await process.stop()
  }
}

describe.runIf(isHere)('Postgres behind PgBouncer', () => {
  beforeAll(async () => {
    fresh = await freshDatabase()
    dir = await mkdtemp(join(tmpdir(), 'freshet-pooler-'))
    for (const tenant of TENANTS) {
      const text = `INSERT INTO stamp_feed (tenant, source) VALUES ($1, 'hr')`
      await fresh.db.query({ name: '', text }, [tenant])
    }
  })
  afterAll(async () => {
    await fresh.drop()
    await rm(dir, { recursive: true, force: true })
  })

  const before = (options: PoolerOptions): Promise<Pooler> => startPgbouncer(fresh.url, options)

  describe('in session mode', () => {
    let pooler: Pooler
    beforeAll(async () => {
      pooler = await before({ mode: 'session' })
    })
    afterAll(() => pooler[Symbol.asyncDispose]())

    it('control: the role of the start-up parameter is lost, and rows of all tenants are seen', async () => {
      const given = '?options=-c%20role%3Dfreshet_tenant'
      await using direct = as(`${fresh.url}${given}`)
      await using through = as(`${pooler.url}${given}`)
      expect((await direct.query(SEEN)).rows).toEqual([])
      expect((await through.query(SEEN)).rows).toMatchObject([
        { tenant: 'acme' },
        { tenant: 'other' },
      ])
    })

    it('a pool of the role freshet_tenant sees the rows of its tenant alone', async () => {
      await using db = as(pooler.url, 'freshet_tenant')
      await requireMigrated(db)
      const row = { tenant: 'acme', role: 'freshet_tenant' }
      expect(await seen(db, 'acme')).toEqual([row, row])
      expect((await db.query(SEEN)).rows).toEqual([])
    })

    it('a pool keeps its limits on statements, locks and idle transactions', async () => {
      await using db = as(pooler.url, 'freshet_system')
      const { rows } = await db.query<{ v: string }>(READ_LIMITS, [LIMITS])
      expect(rows.map(({ v }) => v)).toEqual(['5s', '2s', '5s'])
    })

    it('an authority starts', async () => {
      await expect(startAuthority(pooler.url)).resolves.toBeUndefined()
    })
  })

  it('a login takes over no role that another client left on the server connection', async () => {
    await using pooler = await before({ mode: 'session', resetQuery: '' })
    const first = as(pooler.url, 'freshet_tenant', 1)
    const { rows: left } = await first.query({ name: '', text: 'SELECT pg_backend_pid() AS pid' })
    await first.close()
    await using second = as(pooler.url, undefined, 1)
    const text = 'SELECT pg_backend_pid() AS pid, current_user = session_user AS own'
    const { rows } = await second.query({ name: '', text })
    expect(rows).toEqual([{ ...left[0], own: true }])
  })

  describe.each(['transaction', 'statement'] as const)('in %s mode', (mode) => {
    let pooler: Pooler
    beforeAll(async () => {
      pooler = await before({ mode })
    })
    afterAll(() => pooler[Symbol.asyncDispose]())

    it('a start is refused, and the error names the mode and the remedy', async () => {
      await using db = as(pooler.url, 'freshet_tenant')
      await expect(requireMigrated(db)).rejects.toMatchObject({
        code: 'database.pooled',
        message: expect.stringMatching(/pool_mode = session/),
      })
    })

    it('freshet doctor names it, and the fix', async () => {
      const shell = recordingShell({ cwd: dir, env: { DATABASE_URL: pooler.url } })
      await runCommand(['doctor', '-o', 'json'], shell)
      const { checks } = JSON.parse(shell.written().out) as { readonly checks: readonly object[] }
      expect(checks).toContainEqual(
        expect.objectContaining({
          name: 'no pooler shares its connections',
          outcome: 'failed',
          fix: expect.stringContaining('pool_mode = session') as string,
        }),
      )
    })

    it('an authority ends with that error', async () => {
      await expect(startAuthority(pooler.url)).rejects.toThrow(/database\.pooled.*pool_mode/s)
    })

    it('a pool that was not refused shows no row of another tenant', async () => {
      await using tenants = as(pooler.url, 'freshet_tenant')
      await using system = as(pooler.url, 'freshet_system')
      const across = Array.from({ length: 20 }, () => system.query({ name: '', text: SEEN.text }))
      const within = Array.from({ length: 40 }, async (_, n) => {
        const tenant = TENANTS[n % 2] ?? ''
        const rows = (await seen(tenants, tenant)) as readonly { readonly tenant: string }[]
        return rows.filter((row) => row.tenant !== tenant)
      })
      const [, answers] = await Promise.all([
        Promise.allSettled(across),
        Promise.allSettled(within),
      ])
      const foreign = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
      expect(foreign).toEqual([])
    })
  })
})

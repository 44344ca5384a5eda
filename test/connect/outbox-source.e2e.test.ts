import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { until } from '../../packages/cli/src/demo/until.ts'
import { DEV_IDP, DEV_TENANT } from '../../packages/cli/src/stack/workspace.ts'
import { codeIn } from '../docs/code-blocks.ts'
import { readPage } from '../docs/pages.ts'
import { cliFolder } from '../e2e/cli.ts'
import { check } from '../e2e/edge.ts'
import { canRun, processOf, startTestStack, type TestStack } from '../e2e/test-stack.ts'
import { mint, payloadOf } from '../e2e/token.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { outboxTables, readerLogin } from './outbox-page.ts'

const WITHIN_MS = 30_000
const TIMED = 20
const BURST = 2_000
const PASSWORD = 'of-the-reader'

describe.runIf(canRun)('an application by the page of the outbox, on the real parts,', () => {
  let upstream: FreshetTables
  let stack: TestStack

  const has = async (token: string, role: string) =>
    check(stack, { token, require: { roles: [role] } })
  const tokenWith = async (person: string, role: string): Promise<string> => {
    const { value } = await until(`${role} of ${person}`, WITHIN_MS, async () => {
      const token = await mint(stack, person)
      return payloadOf(token).roles?.includes(role) ? token : undefined
    })
    return value
  }
  const refused = (token: string, role: string) =>
    until('a refusal', WITHIN_MS, async () =>
      (await has(token, role)).code === 'token.stale' ? true : undefined,
    )
  const grant = (person: string, role: string) =>
    upstream.app.query('INSERT INTO grant_of_role VALUES ($1, $2)', [person, role])
  const take = (person: string, role: string) =>
    upstream.app.query('DELETE FROM grant_of_role WHERE person_id = $1 AND role = $2', [
      person,
      role,
    ])

  beforeAll(async () => {
    upstream = await applicationTables()
    const { sources, claims } = pagePart(upstream.at)
    stack = await startTestStack(
      (registry) => {
        registry.setIn(['sources', 'app'], sources.app)
        registry.setIn(['claims', 'roles'], claims.roles)
        registry.setIn(['audiences', 'payments', 'claims'], ['groups', 'entitlements', 'roles'])
      },
      undefined,
      { [`app.${DEV_TENANT}`]: PASSWORD },
    )
  })
  afterAll(async () => {
    await stack?.stop()
    await upstream?.drop()
    expect(stack?.deaths).toEqual([])
  })

  it(`refuses ${TIMED} tokens after their role was taken by SQL`, async () => {
    const times: number[] = []
    for (let n = 0; n < TIMED; n += 1) {
      await grant('person-1', 'auditor')
      const token = await tokenWith('person-1', 'auditor')
      expect(await has(token, 'auditor')).toMatchObject({ decision: 'allow' })
      const startMs = performance.now()
      await take('person-1', 'auditor')
      await refused(token, 'auditor')
      times.push(performance.now() - startMs)
    }
    const sorted = times.toSorted((a, b) => a - b)
    const [middle, max] = [sorted[TIMED / 2] ?? 0, sorted.at(-1) ?? 0]
    process.stderr.write(`${TIMED} removals: p50 ${middle.toFixed()} ms, max ${max.toFixed()} ms\n`)
    expect(times).toHaveLength(TIMED)
  })

  it('reads after a kill what was committed meanwhile', async () => {
    await grant('person-2', 'auditor')
    const token = await tokenWith('person-2', 'auditor')
    const connect = processOf(stack, 'connect')
    await connect.stop('SIGKILL')
    await take('person-2', 'auditor')
    await connect.start()
    await refused(token, 'auditor')
  })

  it('compares at once after the outbox was truncated, and finds the removal whose row is lost', async () => {
    await grant('person-4', 'auditor')
    const token = await tokenWith('person-4', 'auditor')
    // One transaction: the row of the removal is never visible. The next regular comparison is 10 min away.
    await upstream.app.query(
      "BEGIN; DELETE FROM grant_of_role WHERE person_id = 'person-4'; TRUNCATE freshet_outbox; COMMIT",
    )
    await refused(token, 'auditor')
  })

  it('goes on with a password that was replaced in the database and in the folder', async () => {
    await upstream.app.query(`ALTER ROLE ${upstream.login} PASSWORD '${PASSWORD}-2'`)
    const file = join(stack.workspace.sourceKeys, `app.${DEV_TENANT}.secret`)
    await writeFile(file, `${PASSWORD}-2\n`)
    await upstream.app.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'freshet-connect' AND datname = current_database()",
    )
    await grant('person-3', 'auditor')
    const token = await tokenWith('person-3', 'auditor')
    await take('person-3', 'auditor')
    await refused(token, 'auditor')
  })

  it(`sends a burst of ${BURST} subjects`, async () => {
    await upstream.app.query(
      `INSERT INTO person SELECT 'crowd-' || n FROM generate_series(1, ${BURST}) n`,
    )
    const startMs = performance.now()
    await upstream.app.query(
      `INSERT INTO grant_of_role SELECT 'crowd-' || n, 'reader' FROM generate_series(1, ${BURST}) n`,
    )
    await tokenWith(`crowd-${BURST}`, 'reader')
    await until('no subject waits', WITHIN_MS, async () => {
      const metrics = await (await fetch(`${stack.at.connect}/metrics`)).text()
      return /^freshet_connect_waiting_subjects\{.*\} 0$/m.test(metrics) ? true : undefined
    })
    const rate = (1_000 * BURST) / (performance.now() - startMs)
    process.stderr.write(`${BURST} subjects: ${rate.toFixed()} a second\n`)
    expect(rate).toBeGreaterThan(0)
  }, 120_000)

  it('plans the part of the registry, and names what no trigger announces', async () => {
    const cli = await cliFolder(stack)
    try {
      const checked = await cli.freshet('connect', 'check', 'app')
      expect(checked.out).toContain('It announces every change.')
      await upstream.app.query('DROP TRIGGER freshet_touch ON grant_of_role')
      const silent = await cli.freshet('connect', 'check', 'app')
      expect(silent.out).toContain('not announced: Changes of grant_of_role')
      expect(silent.code).toBe(10)
      const planned = await cli.freshet(
        ...`connect plan outbox --at ${upstream.at} --iss ${DEV_IDP} -o json`.split(' '),
        ...`--secret-file ${stack.workspace.sourceKeys}/app.${DEV_TENANT}.secret`.split(' '),
      )
      expect([planned.code, planned.err]).toEqual([0, ''])
      expect(planned.out).toContain('"/roles/*"')
    } finally {
      await cli.dispose()
    }
  })
})

/** The database of an application, as the page prepares it. */
interface FreshetTables {
  readonly app: pg.Client
  /** The login of connect, and the address with it. */
  readonly login: string
  readonly at: string
  drop(): Promise<void>
}

async function applicationTables(): Promise<FreshetTables> {
  const database: FreshDatabase = await freshDatabase({ migrated: false, max: 1 })
  const app = new pg.Client({ connectionString: database.url })
  await app.connect()
  const url = new URL(database.url)
  const login = `reader_of${url.pathname.slice(1)}`
  await app.query(outboxTables())
  await app.query(readerLogin(login, PASSWORD))
  await app.query("INSERT INTO person SELECT 'person-' || n FROM generate_series(1, 20) n")
  url.username = login
  url.password = ''
  const drop = async (): Promise<void> => {
    await app.query(`DROP OWNED BY ${login}`)
    await app.query(`DROP ROLE ${login}`)
    await app.end()
    await database.drop()
  }
  return { app, login, at: url.href, drop }
}

interface PagePart {
  readonly sources: { readonly app: { readonly connect: Readonly<Record<string, object>> } }
  readonly claims: { readonly roles: object }
}

/** Returns the part of a registry that the page shows, for another database. */
function pagePart(at: string): PagePart {
  const part = parse(codeIn(readPage('docs/outbox.md').text, 'yaml')) as PagePart
  const { connect, ...source } = part.sources.app
  const connection = { ...connect[DEV_TENANT], at, subject: { iss: DEV_IDP, sub: '/key' } }
  return { ...part, sources: { app: { ...source, connect: { [DEV_TENANT]: connection } } } }
}

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { plantRow } from '../../../../test/setup/plant-row.ts'
import { postgresTokenPartitions } from '../authority/token-partitions.ts'
import { migrate } from './migrate.ts'
import { requireMigrated } from './require-migrated.ts'
import { createDatabase } from '../connection/pool.ts'
import { rowSecurity } from './row-security.ts'
import { inTransaction } from '../connection/transaction.ts'

/** Tables without rows of a tenant. Every other table must be closed. */
const SHARED = [
  'activation_order',
  'audit_head',
  'audit_stream',
  'claim_use',
  'client_assertion',
  'edge',
  'edge_apply',
  'edge_minute',
  'edge_start',
  'freshet_migration',
  'issuance_progress',
  'policy_version',
  'progress',
  'publisher',
  'registry_version',
  'sli_cursor',
  'sli_minute',
  'slo_minute',
  'source_assertion',
  'stored_checkpoint',
  'recording_pause',
]
/** Closed to work for one tenant altogether: written and never read. */
const CLOSED = ['audit_pending']
/** The columns that identify rows; each tenant has one. */
const NAMES = ['jti', 'scope_key', 'denial_key', 'id', 'topic', 'key', 'change', 'ref', 'hash']
const EXPIRES_AT_MS = 1_795_514_400_000

let fresh: FreshDatabase
let tables: string[]
const run = async (text: string, values: readonly unknown[] = []) =>
  (await fresh.db.query<Record<string, unknown>>({ name: '', text }, values)).rows

beforeAll(async () => {
  fresh = await freshDatabase()
  await postgresTokenPartitions(fresh.ledger).ensure(EXPIRES_AT_MS, EXPIRES_AT_MS + 1)
  // One more that is past.
  await postgresTokenPartitions(fresh.ledger).ensure(0, 1)
  await postgresTokenPartitions(fresh.ledger).retire(900_000)
  const found = await run(`SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname`)
  tables = found.map(({ relname }) => String(relname)).filter((name) => !SHARED.includes(name))
  // A missing right would hide whether rows are closed: here only row-level security refuses.
  await run('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO freshet_tenant')
  for (const table of tables) await plant(table)
})
afterAll(() => fresh.drop())

const isPartition = (table: string): boolean => /^token_p(ast_)?\d/.test(table)

/** A row of each of two tenants. */
async function plant(table: string): Promise<void> {
  if (isPartition(table)) return
  for (const tenant of ['acme', 'other']) {
    await plantRow({ db: fresh.db }, table, rowOf(table, tenant))
  }
}

function rowOf(table: string, tenant: string): Readonly<Record<string, unknown>> {
  return {
    ...Object.fromEntries(NAMES.map((name) => [name, tenant])),
    tenant,
    exp_ms: table === 'token_past' ? 1 : EXPIRES_AT_MS,
    entry: JSON.stringify({ tenant }),
    subject: JSON.stringify([tenant, 'i', 's']),
    number: tenant === 'acme' ? 1 : 2,
    state: table === 'quarantine' ? 'open' : 'enabled',
    kind: 'key',
    tenants: [tenant],
    n: tenant === 'acme' ? 1 : 2,
  }
}

/** Everything that work for acme can do to a table, and what of it touched a row of another tenant. */
async function crossings(table: string): Promise<string[]> {
  const attempts: readonly [string, string][] = [
    ['read', `SELECT * FROM ${table} AS t WHERE t::text LIKE '%other%'`],
    ['change', `UPDATE ${table} AS t SET ${await columnOf(table)} WHERE t::text LIKE '%other%'`],
    ['delete', `DELETE FROM ${table} AS t WHERE t::text LIKE '%other%'`],
  ]
  const done = await Promise.all(
    attempts.map(async ([what, text]) => ((await asAcme(text)) === 0 ? [] : [what])),
  )
  return [...done.flat(), ...((await writes(table)) ? ['write'] : [])]
}

/** Rows that a statement touches; it is undone. */
async function asAcme(text: string): Promise<number> {
  let count = 0
  const undone = inTransaction(fresh.tenants, { tenant: 'acme' }, async (tx) => {
    count = (await tx.query({ name: '', text })).count
    throw new Error('undone')
  })
  await undone.catch((error: Error) => {
    if (error.message !== 'undone') throw error
  })
  return count
}

async function columnOf(table: string): Promise<string> {
  const [row] = await run(
    `SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
       AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum LIMIT 1`,
    [table],
  )
  const name = String(row?.['attname'])
  return `${name} = ${name}`
}

/** Returns whether acme can write a row of another tenant. */
async function writes(table: string): Promise<boolean> {
  const undone = inTransaction(fresh.tenants, { tenant: 'acme' }, async (tx) => {
    await tx.query({ name: '', text: 'SAVEPOINT before' })
    await plantRow({ db: tx, catalogue: fresh.db }, table, rowOf(table, 'stranger'))
    throw new Error('written')
  })
  return undone.then(
    () => true,
    (error: Error & { code?: string; cause?: Error & { state?: string } }) => {
      if (error.cause?.state === '42501') return false
      if (error.message === 'written') return true
      throw error
    },
  )
}

describe('work for one tenant', () => {
  it('finds its own rows in every table that has any', async () => {
    const open = tables.filter((table) => !CLOSED.includes(table) && !isPartition(table))
    for (const table of open) {
      expect([table, await asAcme(`SELECT FROM ${table}`)]).toEqual([table, 1])
    }
    expect(open.length).toBeGreaterThan(15)
  })

  it('reads, changes, deletes and writes no row of another, in any table of the catalogue', async () => {
    for (const table of tables) expect([table, await crossings(table)]).toEqual([table, []])
  })

  it('finds nothing where no tenant is named', async () => {
    for (const table of tables) {
      const { count } = await fresh.tenants.query({ name: '', text: `SELECT FROM ${table}` })
      expect([table, count]).toEqual([table, 0])
    }
  })

  it('is held to it by one condition, which is compared row by row and asked of no index', async () => {
    const found = await run(`SELECT DISTINCT pg_get_expr(polqual, polrelid) AS condition
      FROM pg_policy WHERE polname = 'tenant' AND polcmd = '*'`)
    const condition = `((tenant COLLATE "C") = NULLIF(current_setting('freshet.tenant'::text, true), ''::text))`
    expect(found).toEqual([{ condition }])
  })

  it('leaves nothing behind for who has its connection next', async () => {
    await fresh.tenants.ofTenant('acme').query({ name: '', text: 'SELECT FROM issuance' })
    const text = `SELECT current_setting('freshet.tenant', true) AS tenant`
    const { rows } = await fresh.tenants.query<{ tenant: string | null }>({ name: '', text })
    expect(rows[0]?.tenant ?? '').toBe('')
  })

  it.each(["o'brien", 'a"b', 'back\\slash', "'; RESET ROLE; --"])(
    'is of that tenant, whatever its name: %s',
    async (tenant) => {
      const text = `SELECT current_setting('freshet.tenant') AS tenant, current_user::text AS role`
      const statement = { name: '', text }
      const { rows } = await fresh.tenants.ofTenant(tenant).query(statement)
      expect(rows).toEqual([{ tenant, role: 'freshet_tenant' }])
    },
  )
})

describe('the roles', () => {
  it.each(['freshet_tenant', 'freshet_system', 'freshet_ledger'] as const)(
    'hold a superuser’s login to the rules: %s',
    async (role) => {
      const text = `SELECT rolsuper OR rolbypassrls OR rolcanlogin AS passes FROM pg_roles
        WHERE rolname = current_user`
      const name = role.slice('freshet_'.length)
      const pool =
        name === 'tenant' ? fresh.tenants : name === 'system' ? fresh.system : fresh.ledger
      const { rows } = await pool.query({ name: '', text })
      expect(rows).toEqual([{ passes: false }])
    },
  )

  it('let a maker of partitions read no row, as their owner', async () => {
    for (const table of tables.filter(
      (name) => name.startsWith('token') && name !== 'token_mark',
    )) {
      const { count } = await fresh.ledger.query({ name: '', text: `SELECT FROM ${table}` })
      expect([table, count]).toEqual([table, 0])
    }
  })

  it('let what spans tenants see all of them', async () => {
    const { count } = await fresh.system.query({ name: '', text: 'SELECT FROM issuance' })
    expect(count).toBe(2)
  })
})

describe('a connection that loses its role between two checkouts', () => {
  const seen = { name: 'seen', text: 'SELECT tenant, current_user::text AS role FROM issuance' }
  const acme = { tenant: 'acme', role: 'freshet_tenant' }
  const one = () =>
    createDatabase({
      url: fresh.url,
      max: 1,
      role: 'freshet_tenant',
      applicationName: 'freshet-test',
    })

  it('shows the rows of one tenant alone, by a statement and in a transaction', async () => {
    await using db = one()
    await db.query({ name: '', text: 'RESET ROLE' })
    const control = await db.query({ name: '', text: 'SELECT FROM issuance' })
    expect(control.count).toBe(2)
    expect((await db.ofTenant('acme').query(seen)).rows).toEqual([acme])
    const { rows } = await inTransaction(db, { tenant: 'acme' }, (tx) => tx.query(seen))
    expect(rows).toEqual([acme])
  })

  it('is closed where its session was discarded, and the next one works', async () => {
    await using db = one()
    await db.ofTenant('acme').query(seen)
    await db.query({ name: '', text: 'DISCARD ALL' })
    await expect(db.ofTenant('acme').query(seen)).rejects.toMatchObject({ code: 'database.pooled' })
    expect((await db.ofTenant('acme').query(seen)).rows).toEqual([acme])
  })
})

describe('a login that is no superuser', () => {
  const name = `freshet_owner_${randomBytes(6).toString('hex')}`
  const database = (url: string, role?: 'freshet_tenant' | 'freshet_system' | 'freshet_ledger') =>
    createDatabase({ url, max: 1, applicationName: 'freshet-test', ...(role && { role }) })

  it('migrates what it owns, passes nothing as a role, and makes partitions', async () => {
    await run(`CREATE ROLE ${name} LOGIN CREATEROLE PASSWORD '${name}'`)
    for (const role of ['freshet_tenant', 'freshet_system', 'freshet_ledger']) {
      await run(`GRANT ${role} TO ${name}`)
    }
    await run(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0`)
    const place = { pathname: `/${name}`, username: name, password: name }
    const url = Object.assign(new URL(fresh.url), place).href
    try {
      await using login = database(url)
      await using tenants = database(url, 'freshet_tenant')
      await using ledger = database(url, 'freshet_ledger')
      await expect(requireMigrated(tenants)).rejects.toThrow(/freshet db migrate/)
      await migrate(login)
      await requireMigrated(tenants)
      await postgresTokenPartitions(ledger).ensure(1, 2)
      expect(await rowSecurity(login)).toEqual({ open: [], unfit: [], loginPasses: true })
      const text = `INSERT INTO stamp_feed (tenant, source) VALUES ('other', 'hr')`
      await login.query({ name: '', text })
      const seen = { name: '', text: 'SELECT FROM stamp_feed' }
      const counts = ['acme', 'other'].map(
        async (of) => (await tenants.ofTenant(of).query(seen)).count,
      )
      expect(await Promise.all(counts)).toEqual([0, 1])
    } finally {
      await run(`DROP DATABASE ${name} WITH (FORCE)`)
      await run(`DROP ROLE ${name}`)
    }
  })
})

describe('control: without its policy', () => {
  it.each([
    [
      'row security off',
      'ALTER TABLE issuance DISABLE ROW LEVEL SECURITY',
      ['read', 'change', 'delete', 'write'],
    ],
    [
      'a policy that asks for nothing',
      'DROP POLICY tenant ON issuance; CREATE POLICY tenant ON issuance USING (true)',
      ['read', 'change', 'delete', 'write'],
    ],
  ])('%s: rows of another tenant are found and changed', async (_, text, expected) => {
    await run(text)
    try {
      expect(await crossings('issuance')).toEqual(expected)
    } finally {
      await run(`ALTER TABLE issuance ENABLE ROW LEVEL SECURITY;
        DROP POLICY tenant ON issuance;
        CREATE POLICY tenant ON issuance TO freshet_tenant
          USING (tenant COLLATE "C" = nullif(current_setting('freshet.tenant', true), ''))`)
    }
    expect(await crossings('issuance')).toEqual([])
  })

  it('a login is reported', async () => {
    expect(await rowSecurity(fresh.db)).toEqual({ open: [], unfit: [], loginPasses: true })
    await run('ALTER TABLE issuance NO FORCE ROW LEVEL SECURITY')
    expect(await rowSecurity(fresh.db)).toMatchObject({ open: ['issuance'] })
    await run('ALTER TABLE issuance FORCE ROW LEVEL SECURITY')
  })

  it('a table that a later migration forgets is noticed', async () => {
    await run(`CREATE TABLE forgotten (tenant text);
      INSERT INTO forgotten VALUES ('acme'), ('other'); GRANT ALL ON forgotten TO freshet_tenant`)
    expect(await crossings('forgotten')).toEqual(['read', 'change', 'delete', 'write'])
    expect(await rowSecurity(fresh.db)).toMatchObject({ open: ['forgotten'] })
  })
})

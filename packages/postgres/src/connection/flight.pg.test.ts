import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { createDatabase } from './pool.ts'
import type { Queryable } from './query.ts'
import { inTransaction } from './transaction.ts'

let fresh: FreshDatabase
const run = async (db: Queryable, text: string): Promise<Record<string, unknown> | undefined> =>
  (await db.query<Record<string, unknown>>({ name: '', text })).rows[0]

beforeAll(async () => {
  fresh = await freshDatabase()
  await run(fresh.db, 'create table thing (id int primary key, xid xid8)')
  await run(fresh.db, 'grant all on thing to freshet_tenant')
})
afterAll(() => fresh.drop())

/** Writes a row, and asks behind it, without waiting, what became of the transaction that wrote it. */
async function writeAndAsk(db: Queryable, id: number): Promise<unknown> {
  const [, status] = await Promise.all([
    run(db, `insert into thing values (${id}, pg_current_xact_id())`),
    run(db, `select pg_xact_status(xid) as status from thing where id = ${id}`),
  ])
  return status?.['status']
}

describe('statements of one flight', () => {
  it('begin when those before them are committed', async () => {
    expect(await fresh.db.inOneFlight((flight) => writeAndAsk(flight, 1))).toBe('committed')
  })

  it('would see less in one transaction (control)', async () => {
    expect(await inTransaction(fresh.db, {}, (tx) => writeAndAsk(tx, 2))).toBe('in progress')
  })

  it('fail each by itself', async () => {
    const [refused, after] = await fresh.db.inOneFlight((flight) =>
      Promise.allSettled([
        run(flight, 'insert into thing values (1, null)'),
        run(flight, 'select count(*)::int as n from thing where id = 1'),
      ]),
    )
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'invariant.broken' } })
    expect(after).toMatchObject({ status: 'fulfilled', value: { n: 1 } })
  })

  it('leave the connection usable, and the pool at rest', async () => {
    await fresh.db
      .inOneFlight((flight) => run(flight, 'select 1 / 0'))
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'invariant.broken' }))
    expect(await fresh.db.inOneFlight((flight) => run(flight, 'select 1 as one'))).toEqual({
      one: 1,
    })
    const { pool } = fresh.db
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  it('reject, and take the connection out of the pool, where it breaks', async () => {
    const broken = fresh.db.inOneFlight((flight) =>
      Promise.all([
        run(flight, 'select pg_terminate_backend(pg_backend_pid())'),
        run(flight, 'select 1 as one'),
      ]),
    )
    await expect(broken).rejects.toMatchObject({ code: 'database.unavailable' })
    expect(await run(fresh.db, 'select 1 as one')).toEqual({ one: 1 })
  })
})

describe('statements of one flight for one tenant', () => {
  const acme = () => fresh.tenants.ofTenant('acme')
  const ask = `select current_setting('freshet.tenant', true) as tenant`

  it('are transactions of their own, each of which is of that tenant', async () => {
    expect(await acme().inOneFlight((flight) => writeAndAsk(flight, 11))).toBe('committed')
    const [first, second] = await acme().inOneFlight((flight) =>
      Promise.all([run(flight, ask), run(flight, ask)]),
    )
    expect([first, second]).toEqual([{ tenant: 'acme' }, { tenant: 'acme' }])
    expect((await run(fresh.tenants, ask))?.['tenant'] ?? '').toBe('')
  })

  it('fail each by itself, and undo what they did', async () => {
    const [refused, after] = await acme().inOneFlight((flight) =>
      Promise.allSettled([
        run(flight, 'insert into thing select n, null from generate_series(12, 11, -1) as n'),
        run(flight, 'select count(*)::int as n from thing where id = 12'),
      ]),
    )
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'invariant.broken' } })
    expect(after).toMatchObject({ status: 'fulfilled', value: { n: 0 } })
  })

  it('fail where only the commit does', async () => {
    const text = 'create table late (id int unique deferrable initially deferred)'
    await run(fresh.db, text)
    await run(fresh.db, 'grant all on late to freshet_tenant')
    const twice = run(acme(), 'insert into late values (1), (1)')
    await expect(twice).rejects.toMatchObject({ code: 'invariant.broken' })
    expect(await run(acme(), 'select count(*)::int as n from late')).toEqual({ n: 0 })
  })

  it('are skipped by the server where the tenant cannot be named', async () => {
    const url = fresh.url
    await using db = createDatabase({ url, max: 1, applicationName: 'freshet-test' })
    await run(db.ofTenant('acme'), ask)
    await run(db, 'deallocate all')
    const unnamed = run(db.ofTenant('acme'), 'insert into thing values (13, null)')
    await expect(unnamed).rejects.toMatchObject({ code: 'database.pooled' })
    expect(await run(db, 'select count(*)::int as n from thing where id = 13')).toEqual({ n: 0 })
  })
})

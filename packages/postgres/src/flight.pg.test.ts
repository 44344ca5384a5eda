import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../test/setup/database.ts'
import type { Queryable } from './query.ts'
import { inTransaction } from './transaction.ts'

let fresh: FreshDatabase
const run = async (db: Queryable, text: string): Promise<Record<string, unknown> | undefined> =>
  (await db.query<Record<string, unknown>>({ name: '', text })).rows[0]

beforeAll(async () => {
  fresh = await freshDatabase({ migrated: false })
  await run(fresh.db, 'create table thing (id int primary key, xid xid8)')
})
afterAll(() => fresh.drop())

/** Writes a row, and asks behind it, without waiting, what became of the transaction that wrote it. */
async function writeAndAsk(db: Queryable, id: number): Promise<unknown> {
  const [, asked] = await Promise.all([
    run(db, `insert into thing values (${id}, pg_current_xact_id())`),
    run(db, `select pg_xact_status(xid) as status from thing where id = ${id}`),
  ])
  return asked?.['status']
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

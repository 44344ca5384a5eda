import { FreshetError } from '@freshet/protocol'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { isUniqueViolation } from './errors.ts'
import { createDatabase, serverKind } from './pool.ts'
import type { Queryable } from './query.ts'
import { inTransaction } from './transaction.ts'

let fresh: FreshDatabase
let on: <Row extends object>(db: Queryable, text: string, values?: unknown[]) => Promise<Row[]>

beforeAll(async () => {
  fresh = await freshDatabase({ migrated: false })
  on = async <Row extends object>(db: Queryable, text: string, values: unknown[] = []) => {
    const result = await db.query<Row & Record<string, unknown>>({ name: text, text }, values)
    return [...result.rows]
  }
  await on(fresh.db, 'CREATE TABLE thing (id int8 PRIMARY KEY, tags text[])')
})
beforeEach(async () => {
  await on(fresh.db, 'TRUNCATE thing')
})
afterAll(() => fresh.drop())

const count = async (): Promise<bigint | undefined> =>
  (await on<{ n: bigint }>(fresh.db, 'SELECT count(*) AS n FROM thing'))[0]?.n

describe('createDatabase', () => {
  it('carries int8 beyond 2^53 both ways, alone and in arrays', async () => {
    const large = 9_007_199_254_740_993n
    const text = 'SELECT $1::int8 AS one, $2::int8[] AS many'
    const rows = await on(fresh.db, text, [large, [large, -1n]])
    expect(rows).toEqual([{ one: large, many: [large, -1n] }])
  })

  it('ends a statement and a wait for a lock by its limits', async () => {
    const settings = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']
    const rows = await on(fresh.db, 'SELECT current_setting(s) AS v FROM unnest($1::text[]) AS s', [
      settings,
    ])
    expect(rows).toEqual([{ v: '5s' }, { v: '2s' }, { v: '5s' }])
  })

  it('reports that an absent server is unavailable, without the password', async () => {
    const url = 'postgres://someone:hunter2@127.0.0.1:1/nothing'
    await using db = createDatabase({ url, applicationName: 'freshet-test' })
    const error = await on(db, 'SELECT 1').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'database.unavailable' })
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('hunter2')
  })

  it('refuses a URL that is none, without repeating it', () => {
    const attempt = (): unknown => createDatabase({ url: 'hunter2', applicationName: 'x' })
    expect(attempt).toThrow(/not a URL/)
    expect(attempt).not.toThrow(/hunter2/)
  })

  it('reports the server that answers', async () => {
    expect(await serverKind(fresh.db)).toMatch(/^postgres \d+\.\d+$/)
  })

  it('names the key of a row that is there already', async () => {
    await on(fresh.db, 'INSERT INTO thing VALUES (1)')
    const again = await on(fresh.db, 'INSERT INTO thing VALUES (1)').catch((e: unknown) => e)
    expect(isUniqueViolation(again, 'thing_pkey')).toBe(true)
  })
})

describe('inTransaction', () => {
  it('commits what its function did', async () => {
    await inTransaction(fresh.db, {}, (tx) => on(tx, 'INSERT INTO thing VALUES (1)'))
    expect(await count()).toBe(1n)
  })

  it('runs statements that are sent together in the order in which they are sent', async () => {
    const seen = await inTransaction(fresh.db, {}, (tx) =>
      Promise.all([
        on(tx, 'INSERT INTO thing VALUES (1)'),
        on<{ n: bigint }>(tx, 'SELECT count(*) AS n FROM thing'),
        on(tx, 'INSERT INTO thing VALUES (2)'),
        on<{ n: bigint }>(tx, 'SELECT count(*) AS n FROM thing WHERE id > 0'),
      ]),
    )
    expect([seen[1], seen[3]]).toEqual([[{ n: 1n }], [{ n: 2n }]])
    expect(await count()).toBe(2n)
  })

  it('rejects with what failed first where statements were sent together, and keeps nothing', async () => {
    const slow = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work
      } finally {
        await Promise.resolve().then(() => {})
      }
    }
    const outcome = inTransaction(fresh.db, {}, (tx) =>
      Promise.all([
        on(tx, 'INSERT INTO thing VALUES (1)'),
        // The failure itself is reported last: the refusals that follow from it come before.
        slow(slow(on(tx, 'INSERT INTO thing VALUES (1), (1)'))),
        on(tx, 'INSERT INTO thing VALUES (2)'),
      ]),
    )
    const error = await outcome.catch((thrown: unknown) => thrown)
    expect(isUniqueViolation(error, 'thing_pkey')).toBe(true)
    expect(await count()).toBe(0n)
    await inTransaction(fresh.db, {}, (tx) => on(tx, 'INSERT INTO thing VALUES (2)'))
    expect(await count()).toBe(1n)
  })

  it('rolls back when its function throws, and passes the error on as it is', async () => {
    const error = new FreshetError('event.malformed', 'No.')
    const outcome = inTransaction(fresh.db, {}, async (tx) => {
      await on(tx, 'INSERT INTO thing VALUES (1)')
      throw error
    })
    await expect(outcome).rejects.toBe(error)
    expect(await count()).toBe(0n)
  })

  it('does not take a swallowed error for a commit', async () => {
    const outcome = inTransaction(fresh.db, {}, async (tx) => {
      await on(tx, 'INSERT INTO thing VALUES (1)')
      await on(tx, 'SELECT 1 / 0').catch(() => undefined)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'invariant.broken' })
    expect(await count()).toBe(0n)
  })

  it('reads one snapshot under repeatable read, and not under read committed', async () => {
    const seen = (isolation: 'repeatable read' | 'read committed'): Promise<bigint[]> =>
      inTransaction(fresh.db, { isolation, readOnly: true }, async (tx) => {
        const read = async () => (await on<{ n: bigint }>(tx, 'SELECT count(*) AS n FROM thing'))[0]
        const before = await read()
        await on(fresh.db, 'INSERT INTO thing SELECT coalesce(max(id), 0) + 1 FROM thing')
        return [before?.n ?? -1n, (await read())?.n ?? -1n]
      })
    expect(await seen('repeatable read')).toEqual([0n, 0n])
    expect(await seen('read committed')).toEqual([1n, 2n])
  })

  it('refuses to write when it is read-only', async () => {
    const outcome = inTransaction(fresh.db, { readOnly: true }, (tx) =>
      on(tx, 'INSERT INTO thing VALUES (1)'),
    )
    await expect(outcome).rejects.toMatchObject({ code: 'database.read-only' })
  })

  it('reports that a lost race can be run again', async () => {
    await on(fresh.db, 'INSERT INTO thing VALUES (1)')
    const outcome = inTransaction(fresh.db, { isolation: 'repeatable read' }, async (tx) => {
      await on(tx, 'SELECT * FROM thing')
      await on(fresh.db, `UPDATE thing SET tags = '{a}'`)
      await on(tx, `UPDATE thing SET tags = '{b}'`)
    })
    await expect(outcome).rejects.toMatchObject({ code: 'database.serialization' })
  })

  it('drops a connection that broke inside, and the pool goes on', async () => {
    const outcome = inTransaction(fresh.db, {}, async (tx) => {
      const [me] = await on<{ pid: number }>(tx, 'SELECT pg_backend_pid() AS pid')
      await on(fresh.db, 'SELECT pg_terminate_backend($1, 10000)', [me?.pid])
      await on(tx, 'INSERT INTO thing VALUES (1)')
    })
    await expect(outcome).rejects.toMatchObject({ code: 'database.unavailable' })
    expect(await count()).toBe(0n)
    expect(fresh.db.pool.totalCount).toBe(fresh.db.pool.idleCount)
  })

  it('can be done again where the server ended its connection, because nothing happened in it', async () => {
    const outcome = inTransaction(fresh.db, {}, async (tx) => {
      const [me] = await on<{ pid: number }>(tx, 'SELECT pg_backend_pid() AS pid')
      await on(tx, `SET LOCAL idle_in_transaction_session_timeout = '20ms'`)
      const isThere = 'SELECT FROM pg_stat_activity WHERE pid = $1'
      await expect.poll(() => on(fresh.db, isThere, [me?.pid])).toEqual([])
    })
    await expect(outcome).rejects.toMatchObject({
      code: 'database.unavailable',
      disposition: 'retry',
    })
    expect(fresh.db.pool.totalCount).toBe(fresh.db.pool.idleCount)
  })
})

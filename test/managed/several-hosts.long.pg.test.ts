import { startPair, type PostgresPair } from '@freshet/local-postgres'
import { createDatabase, type Database } from '@freshet/postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const WITHIN_MS = 120_000

describe('a URL that names several hosts', () => {
  let pair: PostgresPair
  const pools: Database[] = []

  beforeAll(async () => {
    pair = await startPair()
  }, WITHIN_MS)
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.close()))
    await pair[Symbol.asyncDispose]()
  }, WITHIN_MS)

  const poolOf = (url: string): Database => {
    const pool = createDatabase({ url, max: 2, applicationName: 'freshet-test' })
    pools.push(pool)
    return pool
  }
  const portOf = (url: string): string => new URL(url).port
  /** Both servers have the same login and password. */
  const urlOf = (...ports: readonly string[]): string => {
    const url = new URL(pair.primary.url)
    url.searchParams.set('host', ports.map(() => '127.0.0.1').join())
    url.searchParams.set('port', ports.join())
    url.searchParams.set('target_session_attrs', 'read-write')
    return url.href
  }
  const run = async (db: Database, text: string): Promise<readonly object[]> =>
    (await db.query({ name: '', text })).rows
  const codeOf = (asking: Promise<unknown>): Promise<unknown> =>
    asking.then(
      () => 'written',
      (error: unknown) => Object(error)['code'] as unknown,
    )
  const standbyPort = (): string => portOf(pair.standby.url)
  const primaryPort = (): string => portOf(pair.primary.url)

  it('is connected to the one that accepts writes, whichever is named first', async () => {
    await run(poolOf(urlOf(standbyPort(), primaryPort())), 'CREATE TABLE a (id int)')
    await run(poolOf(urlOf(primaryPort(), standbyPort())), 'INSERT INTO a VALUES (1)')
    // Control: the standby alone has the row, and accepts none.
    const standby = poolOf(pair.standby.url)
    await expect.poll(() => codeOf(run(standby, 'SELECT * FROM a'))).toBe('written')
    expect(await codeOf(run(standby, 'INSERT INTO a VALUES (2)'))).toBe('database.read-only')
  })

  it('names each host if none accepts writes', async () => {
    const error: unknown = await run(poolOf(urlOf(standbyPort(), '1')), 'SELECT 1').catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'database.read-only' })
    expect(String(error)).toContain(`127.0.0.1:${standbyPort()}: it accepts no writes`)
    expect(String(error)).toContain('127.0.0.1:1: connect ECONNREFUSED')
    expect(String(error)).not.toContain(new URL(pair.primary.url).password)
  })

  it('names a wrong password rather than a standby', async () => {
    const url = new URL(urlOf(standbyPort(), primaryPort()))
    url.password = 'wrong'
    expect(await codeOf(run(poolOf(url.href), 'SELECT 1'))).toBe('config.invalid')
  })

  it('follows a failover to the promoted standby, with every committed row', async () => {
    const db = poolOf(urlOf(primaryPort(), standbyPort()))
    const standby = poolOf(pair.standby.url)
    await run(db, 'INSERT INTO a VALUES (3)')
    const seen = `SELECT id FROM a WHERE id = 3`
    await expect.poll(() => run(standby, seen)).toEqual([{ id: 3 }])
    await pair.primary.stop()
    expect(await codeOf(run(db, 'INSERT INTO a VALUES (4)'))).not.toBe('written')
    await run(standby, 'SELECT pg_promote()')
    await expect.poll(() => codeOf(run(db, 'INSERT INTO a VALUES (5)'))).toBe('written')
    expect(await run(db, 'SELECT id FROM a ORDER BY id')).toEqual([{ id: 1 }, { id: 3 }, { id: 5 }])
  })

  it('is unavailable while no host answers', async () => {
    await pair.standby.stop()
    const db = poolOf(urlOf(primaryPort(), standbyPort()))
    expect(await codeOf(run(db, 'SELECT 1'))).toBe('database.unavailable')
  })
})

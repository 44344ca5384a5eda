import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { PAST_TOKENS_STEP } from './past-tokens.ts'
import { postgresTokenPartitions } from './token-partitions.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const run = (text: string, values: readonly unknown[] = []) =>
  fresh.db.query<Record<string, unknown>>({ name: '', text }, values)

const INSERT = `insert into token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c,
  claims, value_scopes)`

describe('partitions of the ledger', () => {
  const names = async (parent = 'token'): Promise<unknown[]> => {
    const text = `select inhrelid::regclass::text as name from pg_inherits
      where inhparent = $1::regclass order by 1`
    return (await run(text, [parent])).rows.map((row) => row['name'])
  }
  const tokens = async (table: string): Promise<unknown[]> =>
    (await run(`select jti from ${table} order by jti`)).rows.map((row) => row['jti'])
  const WIDTH = 900_000
  const at = (number: number): number => number * WIDTH
  const rest = (quarter: number): string =>
    `'acme', ${at(quarter)}, 0, 's', 'web', 'payments', 'k', 1, 1, 1, 1, '{}', '{}'`
  const plant = (quarter: number, jti: string, table = 'token') =>
    run(`${INSERT.replace('token', table)} values ('${jti}', ${rest(quarter)})`)
  beforeEach(async () => {
    await run('truncate token, token_past')
    await postgresTokenPartitions(fresh.ledger).dropBefore(at(1_000))
  })

  test('are made once for a span of time, by several at once', async () => {
    const partitions = postgresTokenPartitions(fresh.ledger)
    await Promise.all([1, 2, 3].map(() => partitions.ensure(at(100) + 1, at(102) + 1)))
    expect(await names()).toEqual(
      expect.arrayContaining(['token_p100', 'token_p101', 'token_p102']),
    )
    expect(await names()).not.toContain('token_p103')
  })

  test('have the indexes of the ledger and room for marks', async () => {
    await postgresTokenPartitions(fresh.ledger).ensure(at(100), at(101))
    const text = `select c.relname, c.reloptions::text as options,
        (select count(*)::int from pg_index i where i.indrelid = c.oid) as indexes
      from pg_class c where c.relname in ('token', 'token_p100') order by 1`
    const [ledger, partition] = (await run(text)).rows
    expect(partition).toMatchObject({
      options: '{fillfactor=80}',
      indexes: ledger?.['indexes'],
    })
  })

  test('leave the ledger when all their tokens are over, and not before, and are dropped far later', async () => {
    const partitions = postgresTokenPartitions(fresh.ledger)
    await partitions.ensure(at(200), at(202))
    await partitions.retire(at(201) - 1)
    expect(await names()).toContain('token_p200')
    await partitions.retire(at(201))
    expect(await names()).not.toContain('token_p200')
    expect(await names()).toContain('token_p201')
    expect(await names('token_past')).toContain('token_past_192_288')
    await partitions.dropBefore(at(288) - 1)
    expect(await names('token_past')).toContain('token_past_192_288')
    await partitions.dropBefore(at(288))
    expect(await names('token_past')).toEqual([])
  })

  test('that were put by come back where the clock was put back', async () => {
    const partitions = postgresTokenPartitions(fresh.ledger)
    await partitions.ensure(at(400), at(401))
    await partitions.retire(at(401))
    await partitions.ensure(at(400), at(401))
    await plant(400, 'later')
    await partitions.retire(at(401))
    expect(await names()).not.toContain('token_p400')
    expect(await tokens('token_past')).toEqual(['later'])
  })

  test('of one day are one table of the past, whatever another build put there', async () => {
    const partitions = postgresTokenPartitions(fresh.ledger)
    await partitions.ensure(at(96), at(2 * 96 + 1))
    // As it was: a quarter of an hour by itself.
    await run('alter table token detach partition token_p100')
    await run(`alter table token_past attach partition token_p100
      for values from (${at(100)}) to (${at(101)})`)
    await plant(96, 'a')
    await plant(101, 'b')
    await plant(191, 'c')
    await plant(192, 'd')
    await partitions.retire(at(193))
    expect(await names('token_past')).toEqual([
      'token_p100',
      'token_past_101_192',
      'token_past_192_288',
      'token_past_96_100',
    ])
    expect(await tokens('token_past')).toEqual(['a', 'b', 'c', 'd'])
    // A clock that was put back, and a quarter that is past for the second time.
    await partitions.ensure(at(100), at(101))
    expect(await names()).toContain('token_p100')
    await plant(100, 'e')
    await partitions.retire(at(101))
    expect(await tokens('token_past')).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(await tokens('token')).toEqual([])
  })

  test('hand over more tokens than one step takes, each as it was', async () => {
    const partitions = postgresTokenPartitions(fresh.ledger)
    await partitions.ensure(at(500), at(501))
    const count = 2 * PAST_TOKENS_STEP + 1
    await run(`${INSERT} select 'j' || n, ${rest(500)} from generate_series(1, ${count}) as n`)
    const all = async (table: string) =>
      (await run(`select * from ${table} order by jti collate "C"`)).rows
    const before = await all('token')
    await partitions.retire(at(501))
    expect(await all('token')).toEqual([])
    expect(await all('token_past')).toEqual(before)
  })

  test('show the ledger’s owner no token that lives', async () => {
    const partitions = postgresTokenPartitions(fresh.ledger)
    await partitions.ensure(at(600), at(602))
    await plant(600, 'over')
    await plant(601, 'lives')
    await partitions.retire(at(601))
    for (const table of ['token', 'token_p601', 'token_past']) {
      const text = `select jti from ${table}`
      expect((await fresh.ledger.query({ name: '', text })).rows).toEqual([])
    }
    expect(await tokens('token')).toEqual(['lives'])
  })

  test('that a crash left detached are put by too', async () => {
    const partitions = postgresTokenPartitions(fresh.ledger)
    await partitions.ensure(at(300), at(301))
    await run('alter table token detach partition token_p300')
    await plant(300, 'left', 'token_p300')
    expect(await partitions.retire(at(301))).toBeGreaterThan(0)
    expect(await tokens('token_past')).toContain('left')
  })

  test('that are missing refuse the mint, because there is no default one', async () => {
    await expect(plant(0, 'j')).rejects.toMatchObject({ code: 'invariant.broken' })
  })
})

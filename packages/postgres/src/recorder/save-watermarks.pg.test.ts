import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { inTransaction } from '../connection/transaction.ts'
import { raisedAtMs, upsertWatermarks } from './save-rows.ts'

const MINUTE_MS = 60_000
const statistics = {
  name: 'test-statistics',
  text: `SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS hot
    FROM pg_stat_xact_user_tables WHERE relname = 'watermark'`,
}

type Updates = Record<'updated' | 'hot', number>

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

/** Raises a watermark twice; returns the number of updates of a row, and of those without its indexes. */
async function raisedTwice(scope: string, times: readonly [number, number]): Promise<unknown> {
  return inTransaction(database.db, {}, async (tx) => {
    const before = (await tx.query<Updates>(statistics)).rows[0]
    for (const [n, atMs] of times.entries()) {
      const raised = [[scope], ['acme'], [1], [n], ['hr'], [`c${n}`], [0], [Buffer.from('record')]]
      const timed = [[null], [null], [null]]
      await tx.query(upsertWatermarks, [1, raisedAtMs(atMs), ...raised, ...timed])
    }
    const after = (await tx.query<Updates>(statistics)).rows[0]
    return {
      updated: (after?.updated ?? 0) - (before?.updated ?? 0),
      hot: (after?.hot ?? 0) - (before?.hot ?? 0),
    }
  })
}

it('a watermark that is raised again within a minute leaves the indexes as they are', async () => {
  const times = [7 * MINUTE_MS + 1, 8 * MINUTE_MS] as const
  expect(await raisedTwice('a', times)).toEqual({ updated: 1, hot: 1 })
})

it('one that is raised in another minute is entered anew (control)', async () => {
  const times = [7 * MINUTE_MS + 1, 8 * MINUTE_MS + 1] as const
  expect(await raisedTwice('b', times)).toEqual({ updated: 1, hot: 0 })
})

it('a watermark never counts as raised before it was, nor a minute later', () => {
  for (const atMs of [0, 1, MINUTE_MS - 1, MINUTE_MS, MINUTE_MS + 1]) {
    expect(raisedAtMs(atMs)).toBeGreaterThanOrEqual(atMs)
    expect(raisedAtMs(atMs)).toBeLessThan(atMs + MINUTE_MS)
  }
})

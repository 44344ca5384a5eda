import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { createDatabase, type Database } from '../pool.ts'
import type { Queryable } from '../query.ts'
import { inTransaction } from '../transaction.ts'
import { insertLateMarks, markAgain } from './late-marks.ts'

const TOKENS = 5_000
/** From the sixth run on a connection may keep a plan that it made once. */
const RUNS_BEFORE = 10

let fresh: FreshDatabase

beforeAll(async () => {
  fresh = await freshDatabase({ max: 1, planOnce: true })
})
afterAll(() => fresh.drop())
beforeEach(async () => {
  await run('DROP TABLE IF EXISTS token_all')
  await run(`CREATE TABLE token_all PARTITION OF token FOR VALUES FROM (minvalue) TO (maxvalue)
    WITH (autovacuum_enabled = false)`)
})

async function run(text: string): Promise<void> {
  await fresh.db.query({ name: '', text }, [])
}

/** What a batch that changed one subject does after its commit. */
async function markSubject(db: Queryable, subject: string): Promise<number> {
  const marks = [[subject], ['groups'], [9], ['claim-changed'], ['acme'], ['hr'], ['a1']]
  await db.query(insertLateMarks, [1, 1, ...marks, 1])
  return (await markAgain(db, 1, 1)).marked
}

/** Ledger rows that were read one after the other while one subject's token was marked. */
async function scanned(db: Database): Promise<number> {
  for (let n = 0; n < RUNS_BEFORE; n++) await markSubject(db, 'nobody')
  await run(`
    INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c,
      claims, value_scopes)
    SELECT n::text, 'acme', 1, 0, 's' || n, 'app', 'payments', 'k1', 1, 1, 1, 1, '{groups}', '{}'
    FROM generate_series(1, ${TOKENS}) AS n`)
  return inTransaction(db, {}, async (tx) => {
    expect(await markSubject(tx, 's7')).toBe(1)
    const text = `SELECT seq_tup_read::int AS n FROM pg_stat_xact_user_tables
      WHERE relname = 'token_all'`
    const { rows } = await tx.query<{ n: number }>({ name: '', text })
    return rows[0]?.n ?? 0
  })
}

describe('marking on a connection that has known the ledger empty', () => {
  test('reads by index', async () => {
    expect(await scanned(fresh.db)).toBe(0)
  })

  test('reads all of it where the plan is kept as the server thinks best (control)', async () => {
    await using db = createDatabase({ url: fresh.url, applicationName: 'freshet-test', max: 1 })
    expect(await scanned(db)).toBeGreaterThanOrEqual(TOKENS)
  })
})

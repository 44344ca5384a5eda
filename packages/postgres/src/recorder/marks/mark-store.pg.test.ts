import { partitionOf, PARTITIONS, subjectKey, type Subject } from '@freshet/protocol'
import type { LogRecord } from '@freshet/wire'
import { MARK_STEP_MARKS, MARK_STEP_ROWS, recordBatch } from '@freshet/reconciler'
import {
  AMY,
  changeTopic,
  groupsChange,
  ManualClock,
  markAll,
  recordContext,
  type ChangeTopic,
} from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../../test/setup/database.ts'
import { createDatabase, type Database } from '../../connection/pool.ts'
import { inTransaction } from '../../connection/transaction.ts'
import { postgresMarkStore } from './mark-store.ts'
import { postgresRecorderStore } from '../recorder-store.ts'

const P = partitionOf(AMY)
const TOKENS = 20_000
const REMOVALS = 250
/** From the sixth run on a connection may keep a plan that it made once. */
const RUNS_BEFORE = 10

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase({ planOnce: true })
})
afterAll(() => fresh.drop())
beforeEach(async () => {
  await run('DROP TABLE IF EXISTS token_all')
  await run(`CREATE TABLE token_all PARTITION OF token FOR VALUES FROM (minvalue) TO (maxvalue)
    WITH (autovacuum_enabled = false, fillfactor = 80)`)
  await run('TRUNCATE token_mark')
})

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

async function numberOf(text: string): Promise<number> {
  const { rows } = await fresh.db.query<{ n: number }>({ name: '', text })
  return rows[0]?.n ?? 0
}

const countStale = (where = 'true'): Promise<number> =>
  numberOf(`SELECT count(*)::int AS n FROM token WHERE stale_at_ms IS NOT NULL AND ${where}`)

/** Outstanding tokens that carry groups and are labelled 1 everywhere. */
function plantTokens(count: number, subject = `'${subjectKey(AMY)}'`): Promise<void> {
  return run(`
    INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c,
      claims, value_scopes)
    SELECT md5(n || ${subject}), 'acme', 1, 0, ${subject}, 'app', 'payments', 'k1', 1, 1, 1, 1,
      '{groups}', '{}'
    FROM generate_series(1, ${count}) AS n`)
}

/** Another subject whose changes are in the same partition. */
function neighbour(): Subject {
  const names = Array.from({ length: 100 }, (_, n) => ({ ...AMY, sub: `neighbour-${n}` }))
  return names.find((subject) => partitionOf(subject) === P) ?? AMY
}

describe('one subject with 20,000 outstanding tokens, that loses 250 values at once', () => {
  const values = Array.from({ length: REMOVALS }, (_, n) => `g${n}`)
  let topic: ChangeTopic
  let sizes: number[]
  beforeEach(async () => {
    topic = changeTopic(new ManualClock())
    sizes = []
    await run('TRUNCATE progress, feed, claim_state, change_log')
    await postgresRecorderStore(fresh.system).ensureProgress(PARTITIONS, 1n)
    topic.activate(1)
    topic.put(groupsChange('all', AMY, { op: 'set', values, n: 1 }))
    await record(topic.records(P))
    await plantTokens(TOKENS)
    sizes = []
    for (const [n, value] of values.entries())
      topic.put(groupsChange(`r${n}`, AMY, { op: 'remove', values: [value], n: n + 2 }))
  })

  async function record(records: readonly LogRecord[]): Promise<void> {
    const context = {
      ...recordContext(postgresRecorderStore(fresh.system), new ManualClock()),
      onCommitted: (_partition: number, batch: { readonly records: number }) => {
        sizes.push(batch.records)
      },
    }
    const nextOffset = records[0]?.offset ?? 0n
    const result = await recordBatch(context, records, { e: 1n, nextOffset, receivedAtMs: 0 })
    expect(result.kind).toBe('recorded')
  }

  test('is recorded in one transaction; its tokens are marked in bounded steps, while others of the partition go on', async () => {
    const marks = postgresMarkStore(fresh.system)
    const limit = { rows: MARK_STEP_ROWS, marks: MARK_STEP_MARKS, after: '' }
    await record(topic.records(P).slice(2))
    expect(sizes).toEqual([REMOVALS])
    expect(await countStale()).toBe(0)
    await marks.markSome(limit)
    expect(await countStale()).toBe(MARK_STEP_ROWS)
    const other = neighbour()
    await plantTokens(3, `'${subjectKey(other)}'`)
    topic.put(groupsChange('n0', other, { op: 'set', values: ['x'], n: 1 }))
    topic.put(groupsChange('n1', other, { op: 'clear', n: 2 }))
    await record(topic.records(P).slice(2 + REMOVALS))
    await marks.markSome(limit)
    await marks.markSome(limit)
    expect(await countStale(`stale_change = 'n1'`)).toBe(3)
    expect(await countStale()).toBeLessThan(TOKENS)
    // Marks that are no longer behind the same token read all of it once more.
    expect(await markAll(marks)).toBeLessThan((4 * TOKENS) / MARK_STEP_ROWS)
    expect(await countStale(`stale_change = 'r0'`)).toBe(TOKENS)
    expect(await numberOf('SELECT sum(tokens_marked)::int AS n FROM change_log')).toBe(TOKENS + 3)
  })
})

describe('marks of one subject that arrive while earlier ones walk its tokens', () => {
  const [count, rows, arriving] = [2_000, 100, 10]
  const insertMark = (change: number, target = subjectKey(AMY)): Promise<void> =>
    run(
      `INSERT INTO token_mark (kind, tenant, target, claim, e, position, reason, source, change,
         partition, at_ms, wide)
       VALUES ('subject', 'acme', $1, 'groups', 1, 9, 'claim-changed', 'hr', $2, 1, 1, false)`,
      [target, `c${change}`],
    )

  test('wait, and then share one walk; marks of other subjects do not wait', async () => {
    await plantTokens(count)
    const marks = postgresMarkStore(fresh.system)
    const step = () => marks.markSome({ rows, marks: MARK_STEP_MARKS, after: '' })
    for (let n = 0; n < arriving; n++) {
      await insertMark(n)
      expect(await step()).toMatchObject({ made: 0 })
    }
    await plantTokens(1, `'other'`)
    await insertMark(arriving, 'other')
    expect(await step()).toMatchObject({ made: 1 })
    expect(await countStale(`stale_change = 'c${arriving}'`)).toBe(1)
    let steps = 0
    while (await step()) steps += 1
    const walk = count / rows
    expect(steps).toBeLessThanOrEqual(2 * (walk + 1) - arriving)
    expect(await countStale(`stale_change = 'c0'`)).toBe(count)
    expect(await numberOf('SELECT count(*)::int AS n FROM token_mark')).toBe(0)
  })
})

describe('marking of a tenant with locked tokens', () => {
  test('fails, and leaves the next turn to another tenant', async () => {
    await plantTokens(1, `'globex'`)
    await plantTokens(1, `'initech'`)
    await run('UPDATE token SET tenant = subject')
    await run(`INSERT INTO token_mark (kind, tenant, target, e, position, reason, source, change,
        partition, at_ms, wide)
      SELECT 'tenant', t, t, 1, 9, 'cut-off', 'hr', t, 0, 1, false FROM unnest('{globex,initech}'::text[]) AS t`)
    const marks = postgresMarkStore(fresh.system)
    const turns: string[] = []
    const limit = { rows: 10, marks: 10, onTurn: (tenant: string) => void turns.push(tenant) }
    await inTransaction(fresh.db, {}, async (tx) => {
      await tx.query({ name: '', text: `SELECT FROM token WHERE tenant = 'globex' FOR UPDATE` })
      await expect(marks.markSome({ ...limit, after: '' })).rejects.toMatchObject({
        disposition: 'retry',
      })
      expect(await marks.markSome({ ...limit, after: turns.at(-1) ?? '' })).toMatchObject({
        made: 1,
      })
    })
    expect(turns).toEqual(['globex', 'initech'])
    expect(await countStale(`tenant = 'initech'`)).toBe(1)
    expect(await countStale(`tenant = 'globex'`)).toBe(0)
  })
})

describe('marking on a connection that has known the ledger empty', () => {
  /** Ledger rows that were read one after the other while one subject's token was marked. */
  async function scanned(db: Database): Promise<number> {
    const marks = postgresMarkStore(db)
    const markSubject = async (subject: string): Promise<void> => {
      await run(
        `INSERT INTO token_mark (kind, tenant, target, claim, e, position, reason, source, change,
           partition, at_ms, wide)
         VALUES ('subject', 'acme', $1, 'groups', 1, 9, 'claim-changed', 'hr', 'a1', 1, 1, false)`,
        [subject],
      )
      await markAll(marks)
    }
    for (let n = 0; n < RUNS_BEFORE; n++) await markSubject('nobody')
    await plantTokens(5_000, `'s' || n`)
    const before = await read(db)
    await markSubject('s7')
    const after = await read(db)
    // This reads the ledger itself, and the server could count that too.
    expect(await countStale()).toBe(1)
    return after - before
  }

  /** As the server counts it for the connection, whose counts are flushed. */
  function read(db: Database): Promise<number> {
    return inTransaction(db, {}, async (tx) => {
      const flush = 'SELECT pg_stat_force_next_flush()'
      await tx.query({ name: '', text: flush })
      const text = `SELECT seq_tup_read::int AS n FROM pg_stat_user_tables WHERE relname = 'token_all'`
      return (await tx.query<{ n: number }>({ name: '', text })).rows[0]?.n ?? 0
    })
  }

  test('reads by index', async () => {
    await using db = createDatabase({
      url: fresh.url,
      applicationName: 'freshet-test',
      max: 1,
      planOnce: true,
    })
    expect(await scanned(db)).toBe(0)
  })
})

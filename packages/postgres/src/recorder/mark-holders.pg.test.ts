import { partitionOf, PARTITIONS, subjectKey, valueScopeKey } from '@freshet/domain'
import { recordBatch } from '@freshet/reconciler'
import {
  BEN,
  changeTopic,
  groupsChange,
  hrOrigin,
  ManualClock,
  recordContext,
} from '@freshet/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { inTransaction } from '../transaction.ts'
import { holdersAhead } from './mark-holders.ts'
import { postgresRecorderStore } from './recorder-store.ts'
import { lockWideMark, type WideMarkRow } from './wide-marks.ts'

const HOLDERS = 500
const SCOPE = valueScopeKey('acme', 'groups', 'x')

let fresh: FreshDatabase

beforeAll(async () => {
  fresh = await freshDatabase()
  await run(`CREATE TABLE token_all PARTITION OF token FOR VALUES FROM (minvalue) TO (maxvalue)`)
  await run(`
    INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c,
      claims, value_scopes)
    SELECT n::text, 'acme', 1, 0, CASE n WHEN 0 THEN '${subjectKey(BEN)}' ELSE 's' || n END, 'app',
      'payments', 'k1', 1, 1, 1, 1, '{groups}',
      CASE n WHEN 0 THEN '{}' ELSE ARRAY['${SCOPE}'] END
    FROM generate_series(0, ${HOLDERS}) AS n`)
})
afterAll(() => fresh.drop())

async function run(text: string): Promise<void> {
  await fresh.db.query({ name: '', text })
}

async function countStale(): Promise<number> {
  const text = 'SELECT count(*)::int AS n FROM token WHERE stale_at_ms IS NOT NULL'
  const { rows } = await fresh.db.query<{ n: number }>({ name: '', text })
  return rows[0]?.n ?? 0
}

test('recording a mass revocation marks nobody, and while its holders are being marked the changes of others are recorded and marked (V6)', async () => {
  const clock = new ManualClock()
  const store = postgresRecorderStore(fresh.system)
  await store.ensureProgress(PARTITIONS, 1n)
  const topic = changeTopic(clock)
  topic.activate(1)
  topic.put({ ...hrOrigin('w1', 1), kind: 'value-withdrawn', claim: 'groups', value: 'x' })
  topic.put(groupsChange('b1', BEN, { op: 'set', values: ['y'], n: 2 }))
  topic.put(groupsChange('b2', BEN, { op: 'clear', n: 3 }))
  const record = (partition: number): Promise<unknown> => {
    const from = { e: 1n, nextOffset: 0n, receivedAtMs: 0 }
    return recordBatch(recordContext(store, clock), topic.records(partition), from)
  }
  await record(0)
  expect(await countStale()).toBe(0)
  await inTransaction(fresh.db, {}, async (tx) => {
    const { rows } = await tx.query<WideMarkRow & Record<string, unknown>>(lockWideMark)
    const limit = { rows: HOLDERS, issuer: 'https://tokens.acme.example', nowMs: 5 }
    const chunk = rows[0] && (await holdersAhead().mark(tx, rows[0], limit))
    expect(chunk?.marked).toBe(BigInt(HOLDERS))
    await record(partitionOf(BEN))
    expect(await countStale()).toBe(1)
  })
  expect(await countStale()).toBe(HOLDERS + 1)
})

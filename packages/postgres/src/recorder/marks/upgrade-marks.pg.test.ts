import { markAll } from '@freshet/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FreshDatabase } from '../../../../../test/setup/database.ts'
import { databaseBefore } from '../../../../../test/setup/database-before.ts'
import { migrate } from '../../schema/migrate.ts'
import { postgresMarkStore } from './mark-store.ts'

let fresh: FreshDatabase
beforeEach(async () => {
  fresh = await databaseBefore('token_marks.sql')
  await run(`CREATE TABLE token_all PARTITION OF token FOR VALUES FROM (minvalue) TO (maxvalue)`)
})
afterEach(() => fresh.drop())

async function run(text: string): Promise<readonly string[]> {
  const { rows } = await fresh.db.query<{ line: string }>({ name: '', text })
  return rows.map(({ line }) => line)
}

it('what was left to be marked is marked after the step, from where it was', async () => {
  await run(`
    INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c,
      claims, value_scopes)
    SELECT jti, 'acme', 1, 0, subject, client, 'payments', 'k1', 1, 1, 1, 1, '{groups}', '{}'
    FROM (VALUES ('t1', 'amy', 'app'), ('t2', 'amy', 'app'), ('t3', 'ben', 'web'),
      ('t4', 'ben', 'web')) AS row (jti, subject, client)`)
  await run(`
    INSERT INTO change_log (id, tenant, source, content_hash, e, partition, log_offset, kind, outcome,
      tightened, occurred_at_ms, appended_at_ms, received_at_ms, applied_at_ms)
    VALUES ('a2', 'acme', 'hr', 'h', 1, 3, 1, 'claim', 'applied', true, 5, 6, 7, 8),
      ('c1', 'acme', 'security', 'h', 1, 0, 1, 'cut-off', 'applied', true, 5, 6, 7, 9)`)
  await run(`
    INSERT INTO late_mark (partition, e, at_ms, subjects, claims, positions, reasons, tenants, sources,
      changes)
    VALUES (3, 1, 8, '{nobody,amy}', '{groups,groups}', '{2,2}', '{claim-changed,claim-changed}',
      '{acme,acme}', '{hr,hr}', '{a1,a2}')`)
  await run(`
    INSERT INTO wide_mark (kind, tenant, target, e, position, source, change, cursor_jti, marked)
    VALUES ('client', 'acme', 'web', 1, 2, 'security', 'c1', 't3', 1)`)
  await migrate(fresh.db)
  expect(await run(`SELECT count(*)::text AS line FROM token_mark`)).toEqual(['3'])
  await markAll(postgresMarkStore(fresh.system))
  const stale = `SELECT concat_ws(' ', jti, stale_reason, stale_change, stale_at_ms) AS line
    FROM token ORDER BY jti`
  expect(await run(stale)).toEqual([
    't1 claim-changed a2 8',
    't2 claim-changed a2 8',
    // The cursor shows that it was marked before the step.
    't3',
    't4 client-cut-off c1 9',
  ])
  const counted = `SELECT concat_ws(' ', id, tokens_marked) AS line FROM change_log ORDER BY id`
  expect(await run(counted)).toEqual(['a2 2', 'c1 1'])
})

import { afterEach, beforeEach, expect, it } from 'vitest'
import type { FreshDatabase } from '../../../../test/setup/database.ts'
import { databaseBefore } from '../../../../test/setup/database-before.ts'
import { migrate } from '../schema/migrate.ts'

const DAY_MS = 86_400_000

let fresh: FreshDatabase
beforeEach(async () => {
  fresh = await databaseBefore('denials_end.sql')
})
afterEach(() => fresh.drop())

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

it('a denial of before is as old as its change, or as old as a change that is no longer known', async () => {
  for (const change of ['known', 'forgotten'])
    await run(
      `INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms)
       VALUES ($1, 'acme', 'token', $1, 'security', $1, 5)`,
      [change],
    )
  await run(
    `INSERT INTO change_log (id, tenant, source, content_hash, e, partition, log_offset, kind, outcome,
       tightened, occurred_at_ms, appended_at_ms, received_at_ms, applied_at_ms)
     VALUES ('known', 'acme', 'security', 'h', 1, 0, 1, 'deny', 'applied', true, 5, 6, 7, 8)`,
  )
  await run(`INSERT INTO wide_mark (kind, tenant, target, e, source, change, done)
    VALUES ('token', 'acme', 'known', 1, 'security', 'known', true),
      ('token', 'acme', 'open', 1, 'security', 'open', false)`)
  const startedMs = Date.now()
  await migrate(fresh.db)
  const ages = 'SELECT denial_key AS name, recorded_at_ms AS at FROM denial ORDER BY name DESC'
  const { rows } = await fresh.db.query<{ name: string; at: bigint }>({ name: '', text: ages })
  expect(rows).toMatchObject([{ name: 'known', at: 8n }, { name: 'forgotten' }])
  const forgottenMs = Number(rows[1]?.at)
  expect(Math.abs(forgottenMs + 35 * DAY_MS - startedMs)).toBeLessThan(60_000)
  const marks = await fresh.db.query<{ target: string }>({
    name: '',
    text: 'SELECT target FROM token_mark',
  })
  expect(marks.rows).toEqual([{ target: 'open' }])
})

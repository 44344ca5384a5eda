import { encodeAuditEntry } from '@freshet/wire'
import { MINT_CONTRACT_NOW_MS as NOW, registerEvidenceContract } from '@freshet/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { rowsRead } from '../../../../test/setup/rows-read.ts'
import { QUARTER_MS } from '../authority/partition-names.ts'
import { postgresMintStore } from '../authority/mint-store.ts'
import { postgresTokenPartitions } from '../authority/token-partitions.ts'
import { createDatabase } from '../connection/pool.ts'
import type { Queryable, Statement } from '../connection/query.ts'
import { postgresEvidenceStore } from './evidence-store.ts'

const DAY_MS = 86_400_000
const QUARTERS = 96

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const run = (text: string) => fresh.db.query<Record<string, unknown>>({ name: '', text })

registerEvidenceContract('postgres', async () => {
  const partitions = postgresTokenPartitions(fresh.ledger)
  await partitions.ensure(NOW, NOW + 600_000)
  await run('TRUNCATE token, token_past, issuance, audit_pending, audit_entry, account_state')
  return {
    evidence: postgresEvidenceStore(fresh.system),
    mint: postgresMintStore(fresh.tenants),
    retire: async (beforeMs) => void (await partitions.retire(beforeMs)),
    async seedAccount(subject, state) {
      const text = `INSERT INTO account_state VALUES ($1, 'acme', $2, 0, 1, 0, 0)`
      await fresh.db.query({ name: '', text }, [subject, state])
    },
    async seedSealed(entries) {
      const text = `INSERT INTO audit_entry (stream, n, hash, kind, tenant, ref, at_ms, entry)
        VALUES ('tokens', $1, '', $2, 'acme', 'j1', $3, $4)`
      for (const [at, entry] of entries.entries()) {
        const values = [at + 1, entry.kind, entry.atMs, encodeAuditEntry(entry)]
        await fresh.db.query({ name: '', text }, values)
      }
    },
  }
})

/** The table of the past that has the day of a time. */
const dayOf = (ms: number): string => {
  const first = Math.floor(ms / DAY_MS) * QUARTERS
  return `token_past_${first}_${first + QUARTERS}`
}

test('a question looks into the days of its time alone, by the index of values', async () => {
  await using db = createDatabase({ url: fresh.url, max: 1, applicationName: 'freshet-test' })
  const partitions = postgresTokenPartitions(fresh.ledger)
  await partitions.ensure(NOW - 2 * DAY_MS, NOW - 2 * DAY_MS + 1)
  await partitions.ensure(NOW - 7_200_000, NOW + 7_200_000)
  await partitions.retire(NOW)
  const sent: (readonly [Statement, readonly unknown[]])[] = []
  const noting: Queryable = {
    query(statement, values = []) {
      sent.push([statement, values])
      return db.query(statement, values)
    },
  }
  const many = `INSERT INTO token_past (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv,
      e, s, c, claims, value_scopes)
    SELECT 'j' || n, 'acme', ${NOW - 1_800_000}, ${NOW - 7_200_000}, 's', 'web', 'payments', 'k', 1, 1, 1, 1,
      '{groups}', ARRAY['["v","acme","groups","' || n || '"]'] FROM generate_series(1, 20000) AS n;
    ANALYZE token_past`
  await run(many)
  const scopes = ['["v","acme","groups","approvers"]']
  await postgresEvidenceStore(noting).holders({ scopes, atMs: NOW - 3_600_000 }, 10)
  const [[{ text }, values] = [{ text: '' }, []]] = sent
  const { rows } = await db.query({ name: '', text: `EXPLAIN (COSTS OFF) ${text}` }, values)
  const plan = rows.map((row) => String(Object.values(row)[0])).join('\n')
  expect(plan).toContain(dayOf(NOW))
  expect(plan).not.toContain(dayOf(NOW - 2 * DAY_MS))
  expect(plan).toMatch(/Bitmap Index Scan on token_past_\d+_\d+_value_scopes_idx\d*/)
  expect(plan).not.toContain('Seq Scan on issuance')
})

test('a page of a value that every token carries reads one partition of the ledger', async () => {
  const each = 2_000
  const quarters = 4
  const fromMs = Math.ceil(NOW / QUARTER_MS) * QUARTER_MS
  await run('TRUNCATE token')
  await postgresTokenPartitions(fresh.ledger).ensure(NOW, fromMs + quarters * QUARTER_MS)
  await run(`
    INSERT INTO token (jti, tenant, exp_ms, iat_ms, subject, client, audience, kid, pv, e, s, c, claims, value_scopes)
    SELECT 'j' || n, 'acme', ${fromMs + 1} + n * ${QUARTER_MS}::bigint / ${each}, ${NOW - 1}, 's', 'web', 'payments',
      'k', 1, 1, 1, 1, '{groups}', '{common}'
    FROM generate_series(0, ${each * quarters - 1}) AS n;
    ANALYZE token`)
  await using worker = createDatabase({ url: fresh.url, max: 1, applicationName: 'freshet-test' })
  const store = postgresEvidenceStore(worker)
  const page = (limit: number): Promise<number> =>
    rowsRead({ worker, catalogue: fresh.db }, /^token_p\d/, async () => {
      const { items } = await store.holders({ scopes: ['common'], atMs: NOW }, limit)
      expect(items).toHaveLength(Math.min(limit, each * quarters))
    })
  // Each token counts twice where an index finds it.
  expect(await page(100)).toBeLessThanOrEqual(2 * each)
  expect(await page(each * quarters + 1)).toBeGreaterThanOrEqual(each * quarters)
})

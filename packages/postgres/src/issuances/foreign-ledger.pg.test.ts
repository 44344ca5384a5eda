import { denialKey } from '@freshet/protocol'
import { registerForeignLedgerContract } from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { postgresForeignLedger } from './foreign-ledger.ts'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const run = async <T>(text: string, values: readonly unknown[] = []): Promise<readonly T[]> =>
  (await fresh.db.query<T & Record<string, unknown>>({ name: '', text }, values)).rows

registerForeignLedgerContract('postgres', async () => {
  await run('TRUNCATE foreign_token, issuance_progress, watermark, denial, change_log')
  return {
    ledger: postgresForeignLedger(fresh.db),
    plantWatermark: async (key, timeMs, change, timed = null as unknown as string) => {
      await run(
        `INSERT INTO watermark (scope_key, tenant, partition, e, position, source, change, time_ms,
           raised_at_ms, time_source, time_change)
         VALUES ($1, 'acme', 1, 1, 1, 'hr', $2, $3, 0, $4, $5)`,
        [key, change, timeMs, timed && 'hr', timed],
      )
    },
    plantDenial: async ({ tenant, kind, id }, change) => {
      await run(
        `INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms)
         VALUES ($1, $2, $3, $4, 'security', $5, 0)`,
        [denialKey({ tenant, kind, id }), tenant, kind, id, change],
      )
    },
    plantChange: async (id) => {
      await run(
        `INSERT INTO change_log (id, tenant, source, content_hash, e, partition, log_offset, kind,
           outcome, tightened, occurred_at_ms, appended_at_ms, received_at_ms, applied_at_ms)
         VALUES ($1, 'acme', 'hr', 'h', 1, 1, 1, 'claim', 'noop', false, 0, 0, 0, 0)`,
        [id],
      )
    },
    stale: async () =>
      (
        await run<{ line: string }>(
          `SELECT concat_ws(' ', jti, stale_reason, stale_change) AS line FROM foreign_token
           WHERE stale_at_ms IS NOT NULL ORDER BY line`,
        )
      ).map(({ line }) => line),
    markedBy: async (id) => {
      const text = 'SELECT tokens_marked AS marked FROM change_log WHERE id = $1'
      return (await run<{ marked: number }>(text, [id]))[0]?.marked ?? 0
    },
  }
})

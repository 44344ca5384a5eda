import { registerQuarantineContract } from '@freshet/testkit'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { postgresForwardStore } from '../publisher/publisher-store.ts'
import { postgresRecorderStore, postgresRehearsalStore } from '../recorder/recorder-store.ts'
import { postgresQuarantineStore } from './quarantine-store.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

registerQuarantineContract('postgres', async () => {
  const { db } = database
  const lines = async (text: string): Promise<readonly string[]> =>
    (await db.query<{ line: string }>({ name: '', text })).rows.map(({ line }) => line)
  await lines(
    emptied(`progress, claim_state, account_state, withdrawn_value, doubt, watermark, denial,
    feed, feed_refusal, change_log, outbox, stamp, token_mark, registry_version, quarantine,
    audit_pending`),
  )
  return {
    recorder: postgresRecorderStore(db),
    rehearsals: postgresRehearsalStore(db),
    store: postgresQuarantineStore(db),
    forward: postgresForwardStore(db),
    audit: () =>
      lines(`SELECT entry AS line FROM audit_pending
        WHERE entry LIKE '%"quarantine-%' ORDER BY id`),
    changes: () =>
      lines(`SELECT concat_ws(' ', partition, id, outcome) AS line FROM change_log
        WHERE source <> 'freshet' ORDER BY line`),
  }
})

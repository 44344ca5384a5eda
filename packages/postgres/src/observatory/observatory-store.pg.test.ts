import {
  ManualClock,
  registerExposureContract,
  registerObservatoryContract,
} from '@freshet/testkit'
import { subjectKey } from '@freshet/protocol'
import { afterAll, beforeAll } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { seedChange } from '../../../../test/setup/seed-change.ts'
import { postgresRecorderStore } from '../recorder/recorder-store.ts'
import { postgresObservatoryStore } from './observatory-store.ts'

const empty = {
  name: 'test-empty',
  text: emptied(`change_log, edge, edge_apply, progress, publisher, outbox, feed, missed_change,
    contradiction, edge_start, edge_exposure, claim_use, recording_pause, doubt, account_state`),
}
let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

registerExposureContract('postgres', async () => {
  await database.db.query(empty)
  return {
    store: postgresObservatoryStore(database.system, new ManualClock()),
    seedChange: (change) => seedChange(database.db, change),
  }
})

registerObservatoryContract('postgres', async () => {
  await database.db.query(empty)
  return {
    store: postgresObservatoryStore(database.system, new ManualClock()),
    seedChange: (change) => seedChange(database.db, change),
    async seedPartition(partition, e, nextOffset) {
      await run(
        `INSERT INTO progress (partition, e, next_offset, active_pv, active_hash, minimum_pv)
         VALUES ($1, $2, $3, 1, 'h', 1)`,
        [partition, e, nextOffset],
      )
      await run('INSERT INTO publisher (partition, head_at) VALUES ($1, to_timestamp(0.6))', [
        partition,
      ])
      await run(
        `INSERT INTO outbox (topic, partition, record)
         VALUES ('freshet.revocations.v1', $1, ''), ('freshet.quarantine.v1', $1, '')`,
        [partition],
      )
    },
    seedPause: (pause) => postgresRecorderStore(database.system).notePause(pause),
    async seedFeed({ partition, throughMs }) {
      await run(
        `INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted)
         VALUES ('acme', 'hr', $1, 0, '{}', $2, false)`,
        [partition, throughMs],
      )
    },
    async seedVoided(partition) {
      await run(
        `INSERT INTO feed (tenant, source, partition, complete, beyond, halted, statement)
         VALUES ('acme', 'hr', $1, 0, '{}', false, 's1')`,
        [partition],
      )
    },
    async seedDoubt({ subject, offset, settled }) {
      await run(
        `INSERT INTO doubt (subject, claim, e, partition, log_offset, raised, settled)
         VALUES ($1, 'groups', 1, 3, $2, true, $3)`,
        [subjectKey(subject), offset, settled],
      )
    },
    async seedAccount({ sub, omitted }) {
      await run(
        `INSERT INTO account_state (subject, tenant, state, omitted, epoch, n, deleted_epoch, deleted_n)
         VALUES ($1, 'acme', 'disabled', $2, 0, 1, 0, 0)`,
        [subjectKey({ tenant: 'acme', iss: 'i', sub }), omitted],
      )
    },
    async seedMissed({ subject, lost }) {
      const values = [subject, lost === undefined ? [] : [lost], lost === undefined]
      await run(
        `INSERT INTO missed_change (tenant, source, partition, statement, change, subject, claim,
           epoch, n, lost, gained, at_ms)
         VALUES ('acme', 'hr', 3, 's1', 'c1', $1, 'groups', 0, 1, to_jsonb($2::text[]), $3, 1)`,
        values,
      )
    },
  }
})

const run = (text: string, values: readonly unknown[]) =>
  database.db.query({ name: '', text }, values)

import type { LoadedPolicy } from '@freshet/protocol'
import { REVOCATIONS_TOPIC, type OutgoingRecord } from '@freshet/wire'
import { PUBLISHED_POLICY, registerPublisherContract, UNLOADED } from '@freshet/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type FreshDatabase } from '../../../../test/setup/database.ts'
import { emptied } from '../../../../test/setup/emptied.ts'
import { createDatabase } from '../connection/pool.ts'
import { packRecord } from '../rows/stored-record.ts'
import { LIVE_STEP_BYTES, LIVE_STEP_ROWS } from './select-live.ts'
import { postgresPublisherStore } from './publisher-store.ts'
import { storedGrants } from '../rows/stored-grants.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await database.db.query({ name: `test-${text.length}-${text.slice(0, 30)}`, text }, values)
}

/** Raised within one minute, so that the key alone orders them. */
async function addWatermarks(partition: number, records: readonly OutgoingRecord[]): Promise<void> {
  await run(
    `INSERT INTO watermark (scope_key, tenant, partition, e, position, source, change, time_ms,
       raised_at_ms, record)
     SELECT key, 'acme', $1, 1, 1, 'hr', 'c0', 0, 0, record
     FROM unnest($2::text[], $3::bytea[]) AS row (key, record)`,
    [
      partition,
      records.map(({ value }) => Buffer.from(value ?? []).toString()),
      records.map(packRecord),
    ],
  )
}

registerPublisherContract('postgres', async () => {
  await run(
    emptied('progress, publisher, stored_checkpoint, outbox, change_log, watermark, feed, denial'),
  )
  await run(`INSERT INTO progress (partition, e, active_pv, active_hash)
    SELECT partition, 1, 3, 'h' FROM generate_series(0, 6) AS partition`)
  const policyOf: LoadedPolicy = (_, hash) => (hash === UNLOADED ? undefined : PUBLISHED_POLICY)
  return {
    store: postgresPublisherStore(database.db, policyOf, 0),
    keeping: (keptMs) => postgresPublisherStore(database.db, policyOf, keptMs),
    addDenial: ({ kind, id, record, ageMs, endsInMs = null }) =>
      run(
        `INSERT INTO denial (denial_key, tenant, kind, target, source, change, at_ms, record,
           recorded_at_ms, exp_ms)
         SELECT $1, 'acme', $2, $1, 'security', 'c', 0, $3, now_ms - $4::bigint, now_ms + $5::bigint
         FROM (SELECT floor(extract(epoch from clock_timestamp()) * 1000) AS now_ms) AS clock`,
        [id, kind, packRecord(record), ageMs, endsInMs],
      ),
    expireOwnership: (partition) =>
      run(`UPDATE publisher SET renewed_at = renewed_at - interval '1 hour' WHERE partition = $1`, [
        partition,
      ]),
    async addRow(partition, record, id) {
      await run(
        `INSERT INTO change_log (tenant, source, id, content_hash, e, partition, log_offset, kind,
           outcome, tightened, occurred_at_ms, appended_at_ms, received_at_ms, applied_at_ms)
         VALUES ('acme', 'hr', $1, 'h', 1, $2, 7, 'claim', 'applied', true, 1, 2, 3, 4)`,
        [id, partition],
      )
      await run(
        `INSERT INTO outbox (topic, partition, record, tenant, source, change)
         VALUES ($1, $2, $3, 'acme', 'hr', $4)`,
        [REVOCATIONS_TOPIC, partition, packRecord(record), id],
      )
    },
    activate: (partition, pv, hash) =>
      run(`UPDATE progress SET active_pv = $2, active_hash = $3 WHERE partition = $1`, [
        partition,
        pv,
        hash,
      ]),
    stepRows: LIVE_STEP_ROWS,
    addWatermarks: (partition, records) => addWatermarks(partition, records),
    open: (partition, grants) =>
      run(`UPDATE progress SET openings = $2 WHERE partition = $1`, [
        partition,
        storedGrants(grants),
      ]),
    addFeed: (partition, { tenant, source }, throughMs) =>
      run(
        `INSERT INTO feed (tenant, source, partition, complete, beyond, through_ms, halted)
         VALUES ($1, $2, $3, 1, '{}', $4, false)`,
        [tenant, source, partition, throughMs],
      ),
    async backup() {
      await run('DROP TABLE IF EXISTS kept_publisher, kept_outbox')
      await run('CREATE TABLE kept_publisher AS TABLE publisher')
      await run('CREATE TABLE kept_outbox AS TABLE outbox')
      const { rows } = await database.db.query<{ last: bigint }>({
        name: '',
        text: 'SELECT last_value AS last FROM outbox_id_seq',
      })
      return async () => {
        await run('TRUNCATE publisher, outbox')
        await run('INSERT INTO publisher SELECT * FROM kept_publisher')
        await run('INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT * FROM kept_outbox')
        await run(`SELECT setval('outbox_id_seq', $1)`, [rows[0]?.last])
      }
    },
    async publishedAt(id) {
      const text = 'SELECT published_at_ms, revocation_offset FROM change_log WHERE id = $1'
      const { rows } = await database.db.query<{
        published_at_ms: bigint | null
        revocation_offset: bigint | null
      }>({ name: 'test-published-at', text }, [id])
      const [row] = rows
      const atMs = row?.published_at_ms ?? null
      return { atMs: atMs === null ? null : Number(atMs), offset: row?.revocation_offset ?? null }
    },
  }
})

test('a step of what is alive ends by its bytes, and the next one goes on behind it', async () => {
  await run('TRUNCATE watermark, publisher')
  const partition = 2
  const size = Math.ceil(LIVE_STEP_BYTES * 0.6)
  const records = ['a', 'b', 'c'].map((name) => {
    const value = Buffer.from(name)
    return { key: Buffer.alloc(size), value, headers: {} }
  })
  await addWatermarks(partition, records)
  const store = postgresPublisherStore(database.db, () => PUBLISHED_POLICY, 0)
  await store.take(partition, 'a')
  const lengths = await store.readLive(partition, async ({ steps }) => {
    const found: number[] = []
    for await (const rows of steps) if (rows.length > 0) found.push(rows.length)
    return found
  })
  expect(lengths).toEqual([2, 1])
})

test('quiet partitions share a transaction; control: where something waits, the control partition shares none', async () => {
  await run('TRUNCATE publisher')
  await using db = createDatabase({ url: database.url, applicationName: 'freshet-test' })
  const store = postgresPublisherStore(db, () => PUBLISHED_POLICY, 0)
  for (const partition of [0, 1, 2]) await store.take(partition, 'a')
  let transactions = 0
  db.pool.on('acquire', () => (transactions += 1))
  const read = async (isQuiet: boolean): Promise<number> => {
    transactions = 0
    const reads = { through: true, isQuiet }
    await Promise.all([0, 1, 2].map((partition) => store.snapshot(partition, reads)))
    return transactions
  }
  expect(await read(true)).toBe(1)
  expect(await read(false)).toBe(2)
})

test.each([
  ['of subjects alone', 1],
  ['of the control partition', 0],
])('a snapshot %s that fails rejects its caller and no other promise', async (_, partition) => {
  const unhandled: unknown[] = []
  const onUnhandled = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', onUnhandled)
  const store = postgresPublisherStore(database.db, () => PUBLISHED_POLICY, 0)
  await run('ALTER TABLE progress RENAME TO progress_elsewhere')
  try {
    await expect(store.snapshot(partition)).rejects.toMatchObject({ code: 'database.migration' })
    // Node reports the promises that have no handler after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    await run('ALTER TABLE progress_elsewhere RENAME TO progress')
    process.removeListener('unhandledRejection', onUnhandled)
  }
  expect(unhandled).toEqual([])
})

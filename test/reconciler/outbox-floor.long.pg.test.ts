import { publishedPolicyOf, PARTITIONS } from '@freshet/protocol'
import { AUDIT_TOPIC, FLOOR_LAG_MS, REVOCATIONS_TOPIC, FULL_SCAN_MS } from '@freshet/wire'
import {
  createDatabase,
  postgresForwardStore,
  postgresPublisherStore,
  postgresRecorderStore,
  type Database,
  type Statement,
} from '@freshet/postgres'
import { forwardFloors, forwardOnce, type PublisherStore } from '@freshet/reconciler'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { selectWaiting } from '../../packages/postgres/src/publisher/select-status.ts'
import { packRecord } from '../../packages/postgres/src/rows/stored-record.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'
import { openTransaction, type OpenTransaction } from '../setup/open-transaction.ts'
import { rowsRead } from '../setup/rows-read.ts'

const HERE = 2
const PUBLISHED = 50_000
/** The largest number of rows of the outbox and entries of its indexes that an idle turn reads. */
const READ_MAX = 50
const policy = publishedPolicyOf(acmeRegistry())
const record = packRecord({ key: null, value: Buffer.alloc(500, 7), headers: {} })
const INSERT = `INSERT INTO outbox (topic, partition, record, tenant, source, change)
  SELECT $1, $2, $3, 'acme', 'hr', 'c' FROM generate_series(1, $4::int)`

let fresh: FreshDatabase
let publisher: Database
let store: PublisherStore
/** Transactions that other clients leave open. */
let open: Database[]
let heads: number

beforeEach(async () => {
  fresh = await freshDatabase()
  open = []
  heads = 0
  await run('ALTER TABLE outbox SET (autovacuum_enabled = off)')
  await postgresRecorderStore(fresh.system).ensureProgress(PARTITIONS, 1n)
  const { version } = acmeRegistry()
  await run(`UPDATE progress SET active_pv = $1, active_hash = 'h'`, [version])
  const options = { url: fresh.url, max: 1, applicationName: 'freshet-test' }
  publisher = createDatabase({ ...options, role: 'freshet_system', planOnce: true })
  store = postgresPublisherStore(publisher, () => policy, 0)
  await store.take(HERE, 'a')
})
afterEach(async () => {
  await Promise.all(open.map((database) => database.close()))
  await publisher.close()
  await fresh.drop()
})

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

async function begin(options: OpenTransaction = {}): Promise<Database> {
  const database = await openTransaction(fresh.url, options)
  open.push(database)
  return database
}

/**
 * Publishes waiting rows, as a publisher does whose log accepts everything. Resolves with the number of rows.
 */
async function publish(): Promise<number> {
  const snapshot = await store.snapshot(HERE)
  const { generation, head } = snapshot
  const published = snapshot.rows.map((row) => ({ row, offset: 1n, appendedAtMs: 1 }))
  const next = { hash: `head-${(heads += 1)}`, offset: BigInt(heads) }
  const base = { hash: 'base', offset: 0n }
  const stored = { partition: HERE, generation, linked: head?.hash ?? null, kid: 'k1' }
  await store.store({ ...stored, head: next, base, isAnew: false, published })
  return published.length
}

async function publishAll(): Promise<void> {
  while ((await publish()) > 0);
}

const turn = (): Promise<number> =>
  rowsRead({ worker: publisher, catalogue: fresh.db }, /^outbox$/, () => store.snapshot(HERE))

describe('while a transaction of the database stays open', () => {
  beforeEach(async () => {
    // Plans are made while the outbox is empty, as in a reconciler that has just started.
    await run(INSERT, [REVOCATIONS_TOPIC, HERE, record, 1])
    await publishAll()
    await begin({ isolation: 'REPEATABLE READ' })
    await run(INSERT, [REVOCATIONS_TOPIC, HERE, record, PUBLISHED])
    await publishAll()
  })

  it('a turn reads none of the rows that were published meanwhile', async () => {
    expect(await turn()).toBeLessThan(READ_MAX)
    await run(INSERT, [REVOCATIONS_TOPIC, HERE, record, 3])
    const published = (): Promise<number> =>
      rowsRead({ worker: publisher, catalogue: fresh.db }, /^outbox$/, publish)
    expect(await published()).toBeLessThan(READ_MAX)
    expect(await turn()).toBeLessThan(READ_MAX)
  })

  const passOthers = async (): Promise<number> => {
    await run(INSERT, [REVOCATIONS_TOPIC, HERE + 1, record, PUBLISHED])
    await run('DELETE FROM outbox')
    await run('VACUUM (ANALYZE) outbox')
    return await turn()
  }

  it('a turn reads none of the rows that other partitions published meanwhile', async () => {
    expect(await passOthers()).toBeLessThan(READ_MAX)
  })

  it('control: a turn by an index of the ids alone, which looks as cheap, reads all of them', async () => {
    await run('ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD PRIMARY KEY (id)')
    await run('CREATE INDEX ON outbox (topic, partition, id)')
    expect(await passOthers()).toBeGreaterThanOrEqual(PUBLISHED)
  })

  it('control: a turn that begins at the start of the index reads all of them', async () => {
    await run('UPDATE publisher SET published_to = 0')
    expect(await turn()).toBeGreaterThanOrEqual(PUBLISHED)
  })
})

describe('the search for partitions with rows, planned while the outbox was empty', () => {
  /** Resolves with the rows that it reads once many rows were published under an open snapshot. */
  async function searched(statement: Statement): Promise<number> {
    const options = { url: fresh.url, max: 1, applicationName: 'freshet-test' } as const
    const worker = createDatabase({ ...options, role: 'freshet_system', planOnce: true })
    open.push(worker)
    const search = (): Promise<unknown> => worker.query(statement, [REVOCATIONS_TOPIC])
    await search()
    await begin({ isolation: 'REPEATABLE READ' })
    await run(INSERT, [REVOCATIONS_TOPIC, HERE, record, PUBLISHED])
    await publishAll()
    return rowsRead({ worker, catalogue: fresh.db }, /^outbox$/, search)
  }

  it('reads none of the rows that were published meanwhile', async () => {
    expect(await searched(selectWaiting)).toBeLessThan(READ_MAX)
  })

  it('control: as a condition of existence, reads all of them', async () => {
    const text = `SELECT partition FROM publisher p WHERE EXISTS (
      SELECT FROM outbox o WHERE o.topic = $1 AND o.partition = p.partition AND o.id > p.published_to)`
    const read = await searched({ name: 'test-waiting', text })
    expect(read).toBeGreaterThanOrEqual(PUBLISHED)
  })
})

describe('the floor of a partition', () => {
  const waits = async (): Promise<number> => (await store.snapshot(HERE)).rows.length

  it('control: hides a row whose id was drawn without the lock of the partition, and committed late', async () => {
    const late = await begin()
    await late.query({ name: '', text: INSERT }, [REVOCATIONS_TOPIC, HERE, record, 1])
    await run(INSERT, [REVOCATIONS_TOPIC, HERE, record, 1])
    expect(await publish()).toBe(1)
    await late.query({ name: '', text: 'COMMIT' })
    expect(await waits()).toBe(0)
  })
})

describe('forwarded rows of other topics', () => {
  const clock = new ManualClock()
  let sent: number
  let forward: () => Promise<number>

  beforeEach(() => {
    sent = 0
    const floors = forwardFloors(clock)
    const writer = {
      append: (_: string, __: number, records: readonly unknown[]) => {
        sent += records.length
        return Promise.resolve({ baseOffset: 0n, appendedAtMs: 1 })
      },
    }
    const parts = { store: postgresForwardStore(publisher), writer, timer: clock, onTrouble() {} }
    forward = () => forwardOnce(parts, floors)
  })

  const forwardAll = async (): Promise<void> => {
    while ((await forward()) > 0);
  }
  /** Waits until the floor is at the removed rows, just after a read from the start. */
  const settle = async (): Promise<void> => {
    for (const waitMs of [FLOOR_LAG_MS, FULL_SCAN_MS]) {
      await clock.advance(waitMs)
      await forwardAll()
    }
  }

  it('is read from its floor: a turn reads none of the rows that were removed meanwhile', async () => {
    await begin({ isolation: 'REPEATABLE READ' })
    await run(INSERT, [AUDIT_TOPIC, 0, record, 5_000])
    await run(INSERT, [REVOCATIONS_TOPIC, HERE, record, 5_000])
    await forwardAll()
    await publishAll()
    await settle()
    const read = (): Promise<number> =>
      rowsRead({ worker: publisher, catalogue: fresh.db }, /^outbox$/, forward)
    expect(await read()).toBeLessThan(READ_MAX)
    // Control: a read from the start passes all removed rows of these topics, and none of others.
    await clock.advance(FULL_SCAN_MS)
    const whole = await read()
    expect(whole).toBeGreaterThanOrEqual(5_000)
    expect(whole).toBeLessThan(10_000)
  })

  const addLate = async (): Promise<() => Promise<unknown>> => {
    await forwardAll()
    const late = await begin()
    await late.query({ name: '', text: INSERT }, [AUDIT_TOPIC, 0, record, 1])
    await run(INSERT, [AUDIT_TOPIC, 0, record, 1])
    await forwardAll()
    return () => late.query({ name: '', text: 'COMMIT' })
  }

  it('comes at once, where it was committed a little later than a row behind it', async () => {
    const commit = await addLate()
    await commit()
    await forwardAll()
    expect(sent).toBe(2)
  })

  it('comes at the latest with the next whole look, where it was committed much later', async () => {
    const commit = await addLate()
    await settle()
    await commit()
    await forwardAll()
    expect(sent).toBe(1)
    await clock.advance(FULL_SCAN_MS)
    await forwardAll()
    expect(sent).toBe(2)
  })
})

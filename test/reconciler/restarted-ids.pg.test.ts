import { readFile } from 'node:fs/promises'
import { dispositionOf, PARTITIONS, publishedPolicyOf } from '@freshet/protocol'
import { REVOCATIONS_TOPIC } from '@freshet/wire'
import {
  postgresFloorStore,
  postgresObservatoryStore,
  postgresPublisherStore,
  postgresRecorderStore,
  type Statement,
} from '@freshet/postgres'
import { FLOOR_POLL_MS, pollFloors, type PublisherStore } from '@freshet/reconciler'
import { acmeRegistry, ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isOfOneRow } from '../../packages/postgres/src/connection/errors.ts'
import { insertOutbox } from '../../packages/postgres/src/recorder/save-rows.ts'
import { packRecord } from '../../packages/postgres/src/rows/stored-record.ts'
import { freshDatabase, type FreshDatabase } from '../setup/database.ts'

const [HERE, OTHER] = [2, 3]
const PUBLISHED = 20
const policy = publishedPolicyOf(acmeRegistry())
const record = packRecord({ key: null, value: Buffer.from('{}'), headers: {} })

/** The statement of the recorder without the floor. */
const plainInsert: Statement = {
  name: '',
  text: `INSERT INTO outbox (topic, partition, record, tenant, source, change)
    SELECT * FROM unnest($1::text[], $2::int[], $3::bytea[], $4::text[], $5::text[], $6::text[])`,
}

let fresh: FreshDatabase
let store: PublisherStore
let heads: number

beforeEach(async () => {
  fresh = await freshDatabase()
  heads = 0
  await postgresRecorderStore(fresh.system).ensureProgress(PARTITIONS, 1n)
  await run(`UPDATE progress SET active_pv = $1, active_hash = 'h'`, [acmeRegistry().version])
  store = postgresPublisherStore(fresh.system, () => policy, 0)
  for (const partition of [HERE, OTHER]) await store.take(partition, 'a')
  await insert(PUBLISHED, HERE)
  await publishAll()
})
afterEach(() => fresh.drop())

async function run(text: string, values: readonly unknown[] = []): Promise<void> {
  await fresh.db.query({ name: '', text }, values)
}

/** Adds rows as the recorder does. */
async function insert(
  count: number,
  partition: number,
  statement: Statement = insertOutbox,
): Promise<void> {
  const all = <T>(value: T): readonly T[] => Array.from({ length: count }, () => value)
  const columns = [REVOCATIONS_TOPIC, partition, record, 'acme', 'hr', 'c'].map(all)
  await fresh.system.query({ ...statement, name: '' }, columns)
}

/** Publishes as a publisher does whose log accepts everything. Resolves with the number of rows. */
async function publish(partition: number): Promise<number> {
  const { rows, generation, head } = await store.snapshot(partition)
  const published = rows.map((row) => ({ row, offset: 1n, appendedAtMs: 1 }))
  const next = { hash: `head-${(heads += 1)}`, offset: BigInt(heads) }
  const base = { hash: 'base', offset: 0n }
  const stored = { partition, generation, linked: head?.hash ?? null, kid: 'k1' }
  await store.store({ ...stored, head: next, base, isAnew: false, published })
  return rows.length
}

async function publishAll(): Promise<void> {
  for (const partition of [HERE, OTHER]) while ((await publish(partition)) > 0);
}

async function rowsLeft(): Promise<number> {
  const { rows } = await fresh.db.query<{ rows: bigint }>({
    name: '',
    text: 'SELECT count(*) AS rows FROM outbox',
  })
  return Number(rows[0]?.rows)
}

async function sequences(): Promise<number> {
  const text = `SELECT count(*) AS all FROM pg_sequences WHERE schemaname = 'public'`
  const { rows } = await fresh.db.query<{ all: bigint }>({ name: '', text })
  return Number(rows[0]?.all)
}

/** A logical copy has every row, and its sequences begin again. */
const failOver = (): Promise<void> => run(`SELECT setval('outbox_id_seq', 1, false)`)

const observatory = (): ReturnType<typeof postgresObservatoryStore> =>
  postgresObservatoryStore(fresh.system, new ManualClock())

async function floorOf(partition: number): Promise<number> {
  const text = 'SELECT published_to FROM publisher WHERE partition = $1'
  const { rows } = await fresh.db.query<{ published_to: bigint }>({ name: '', text }, [partition])
  return Number(rows[0]?.published_to)
}

/** Leaves rows below the floor, as an earlier build did. */
async function hideRows(count: number): Promise<void> {
  await failOver()
  await insert(count, HERE)
  await run('UPDATE publisher SET published_to = $1 WHERE partition = $2', [PUBLISHED, HERE])
  await run(`SELECT setval('outbox_id_seq', $1)`, [PUBLISHED])
}

it('publishes rows whose ids began again, though they wait while the ids pass the floor', async () => {
  await failOver()
  await insert(3, HERE)
  await insert(PUBLISHED, OTHER)
  await insert(1, HERE)
  await publishAll()
  expect(await rowsLeft()).toBe(0)
})

it('control: without the floor set back, rows stay for ever once the ids have passed it', async () => {
  await failOver()
  await insert(3, HERE, plainInsert)
  await insert(PUBLISHED, OTHER, plainInsert)
  await insert(1, HERE, plainInsert)
  await publishAll()
  expect(await rowsLeft()).toBe(3)
})

it('publishes what another build left below the floor, and records how many rows waited', async () => {
  await hideRows(3)
  const floors = postgresFloorStore(fresh.system)
  expect(await floors.revealRows(OTHER)).toBe(0)
  expect(await floors.revealRows(HERE)).toBe(3)
  await publishAll()
  expect(await rowsLeft()).toBe(0)
  expect(await floors.revealRows(HERE)).toBe(0)
  const { partitions } = await observatory().pipeline()
  const hidden = partitions.flatMap((each) => each.hidden ?? [])
  expect(hidden).toEqual([{ rows: 3, atMs: expect.any(Number) }])
})

it('reads the outbox from its start in a generation that finds the floor above the last id', async () => {
  await hideRows(3)
  await run(`SELECT setval('outbox_id_seq', 4, false)`)
  await store.release(HERE, (await store.snapshot(HERE)).generation)
  await store.take(HERE, 'b')
  expect((await store.snapshot(HERE)).rows).toHaveLength(3)
})

it('tries again with the next id where a row that waits has the drawn one', async () => {
  await insert(1, HERE)
  await run(`SELECT setval('outbox_id_seq', $1, false)`, [PUBLISHED + 1])
  const refused: unknown = await insert(1, HERE).catch((error: unknown) => error)
  expect([dispositionOf(refused), isOfOneRow(refused)]).toEqual(['retry', false])
  await insert(1, HERE)
  await publishAll()
  expect(await rowsLeft()).toBe(0)
})

it('leaves no id at or below a floor once the sequences are set as the documentation states', async () => {
  await failOver()
  const page = await readFile('docs/postgres.md', 'utf8')
  const [, sql = ''] =
    /^## A failover by logical replication[\s\S]*?```sql\n([\s\S]*?)```/m.exec(page) ?? []
  expect(sql.match(/setval/g)).toHaveLength(await sequences())
  for (const statement of sql.split(';').filter((each) => each.trim() !== '')) await run(statement)
  await insert(1, HERE, plainInsert)
  expect((await store.snapshot(HERE)).rows).toHaveLength(1)
})

it('raises no floor above the last id, where the ids of new rows begin', async () => {
  await insert(2, HERE)
  await failOver()
  await publishAll()
  await insert(1, HERE)
  await publishAll()
  expect(await rowsLeft()).toBe(0)
  expect(await floorOf(HERE)).toBeLessThanOrEqual(PUBLISHED)
})

it('looks below the floors at once and every minute, and reports what it finds', async () => {
  await hideRows(2)
  const clock = new ManualClock()
  const [found, ended]: [string[], AbortController] = [[], new AbortController()]
  const parts = {
    store: postgresFloorStore(fresh.system),
    timer: clock,
    onHidden: (partition: number, rows: number) => found.push(`${rows} in ${partition}`),
    onFailed() {},
  }
  const running = pollFloors(parts, ended.signal)
  await expect.poll(() => found).toEqual([`2 in ${HERE}`])
  ended.abort()
  await clock.advance(FLOOR_POLL_MS)
  await running
})

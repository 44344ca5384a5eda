import { CHANGES_TOPIC } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { inTransaction, type Database } from '@freshet/postgres'
import { appendAll, type Proof } from '../pipeline/feed.ts'
import { plantTokens } from '../pipeline/ledger.ts'
import { startPipeline, type Pipeline } from '../pipeline/pipeline.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'

const PEOPLE_WITH_TOKENS = 10_000
const ROWS_PER_TRANSACTION = 500
const CONNECTIONS = 6
const ROW = 'x'.repeat(400)

const about =
  'changes/s, ready process to everything recorded and published: a backlog of 7 partitions'

/** Measures the rate at which the reconciler processes waiting records. */
export const catchingUp: Scenario = {
  metrics: [
    {
      id: 'reconcile.catchup',
      unit: '1/s',
      about: `${about}, stamped by a gateway`,
      target: { atLeast: 15_000 },
      against: [{ id: 'floor.read' }, { id: 'floor.insert' }],
    },
    {
      id: 'reconcile.catchup.signed',
      unit: '1/s',
      about: `${about}, each record signed by its source (ES256)`,
    },
    {
      id: 'floor.read',
      unit: '1/s',
      about: 'the same records read by the product’s reader, without further work',
    },
    {
      id: 'floor.insert',
      unit: '1/s',
      about: 'rows of 400 bytes inserted, 500 to a transaction, 6 connections, fsync',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const pipeline = await startPipeline(context)
  const count = context.quick ? 40_000 : 200_000
  return repeat(context, async () => ({
    'reconcile.catchup': await catchUp(pipeline, count, 'stamped'),
    'reconcile.catchup.signed': await catchUp(pipeline, count / 4, 'signed'),
    'floor.read': await readRate(pipeline.stack.kafka),
    'floor.insert': await insertRate(pipeline.stack.database, count),
  }))
}

async function catchUp(pipeline: Pipeline, count: number, proof: Proof): Promise<number> {
  const outstanding = { tokens: PEOPLE_WITH_TOKENS, people: PEOPLE_WITH_TOKENS, group: 'staff' }
  await plantTokens(pipeline.stack.database, outstanding)
  await appendAll(pipeline.writer, await pipeline.changes(count, proof))
  const reconciler = await pipeline.startReconciler()
  const startMs = performance.now()
  await pipeline.done()
  const tookMs = performance.now() - startMs
  await reconciler.stop()
  return (count * 1_000) / tookMs
}

/** Returns the records a second that are read of the change topic from its beginning, without processing. */
async function readRate(kafka: Kafka): Promise<number> {
  const reader = kafka.reader()
  const bounds = await reader.bounds(CHANGES_TOPIC)
  const left = new Map(bounds.map(({ partition, end }) => [partition, end]))
  const stop = new AbortController()
  let count = 0
  const startMs = performance.now()
  await reader.follow(
    CHANGES_TOPIC,
    new Map(bounds.map(({ partition, earliest }) => [partition, earliest])),
    {
      onRecords(partition, records) {
        count += records.length
        const next = (records.at(-1)?.offset ?? -1n) + 1n
        if (next >= (left.get(partition) ?? 0n)) left.delete(partition)
        if (left.size === 0) stop.abort()
      },
      onOffsetLost: (_, { earliest }) => earliest,
    },
    stop.signal,
  )
  const rate = (count * 1_000) / (performance.now() - startMs)
  await reader.close()
  return rate
}

/**
 * Returns the inserted rows of 400 bytes a second into a table with a key, 500 to a transaction that is on
 * disk.
 */
async function insertRate(database: Database, rows: number): Promise<number> {
  const table = 'create table if not exists bench_floor (id bigserial primary key, body text)'
  await database.query({ name: '', text: table })
  const insert = {
    name: 'bench-floor',
    text: 'insert into bench_floor (body) select unnest($1::text[])',
  }
  const transactions = Math.ceil(rows / ROWS_PER_TRANSACTION / CONNECTIONS)
  const lot = Array.from({ length: ROWS_PER_TRANSACTION }, () => ROW)
  const startMs = performance.now()
  const work = Array.from({ length: CONNECTIONS }, async () => {
    for (let n = 0; n < transactions; n += 1)
      await inTransaction(database, {}, (tx) => tx.query(insert, [lot]))
  })
  await Promise.all(work)
  return (transactions * CONNECTIONS * ROWS_PER_TRANSACTION * 1_000) / (performance.now() - startMs)
}

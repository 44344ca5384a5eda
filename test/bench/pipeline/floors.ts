import { CHANGES_TOPIC } from '@freshet/wire'
import type { Kafka } from '@freshet/kafka'
import { inTransaction, type Database } from '@freshet/postgres'

const ROWS_PER_TRANSACTION = 500
const CONNECTIONS = 6
const ROW = 'x'.repeat(400)

/** Returns the records a second that are read of the change topic from its beginning, without processing. */
export async function readRate(kafka: Kafka): Promise<number> {
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
export async function insertRate(database: Database, rows: number): Promise<number> {
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

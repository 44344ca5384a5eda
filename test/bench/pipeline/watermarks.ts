import { setTimeout as sleep } from 'node:timers/promises'
import { PARTITIONS } from '@freshet/protocol'
import type { Database } from '@freshet/postgres'
import type { BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { moveOf, PEOPLE } from '../stack/people.ts'

/** The number of rows of one insert, so that it ends within its timeout. */
const ROWS_PER_INSERT = 10_000
const ROWS_PER_VACUUM = 100_000
/** The number of changes a second that raised them. */
const RAISED_PER_S = 600
const RECORDED_WITHIN_MS = 30_000
const POLL_MS = 50

const COPY = `
  INSERT INTO watermark (scope_key, tenant, partition, e, position, source, change, time_ms,
    raised_at_ms, record)
  SELECT md5(n::text) || scope_key, tenant, n % $3::int, e, position, source, change, time_ms,
    raised_at_ms + n / ${RAISED_PER_S} / 60 * 60000, record
  FROM (SELECT * FROM watermark WHERE scope_key = $4) AS one, generate_series($1::bigint, $2::bigint) AS n`

/**
 * Fills the table of watermarks with so many live ones, spread over all partitions, as a stream of
 * revocations would have left them. They are copies of the first one that the product itself recorded.
 */
export async function plantWatermarks(stack: BenchStack, count: number): Promise<void> {
  const { database } = stack
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  await feed.append(moveOf(0, 'given'))
  await feed.append(moveOf(PEOPLE, 'taken'))
  const first = await recorded(database)
  for (let from = 1; from <= count; from += ROWS_PER_INSERT) {
    const to = Math.min(count, from + ROWS_PER_INSERT - 1)
    await database.query({ name: '', text: COPY }, [from, to, PARTITIONS.length, first])
    // The database does this by itself, in small steps: a statement takes 5 s at most.
    if (to % ROWS_PER_VACUUM === 0) await database.query({ name: '', text: 'vacuum watermark' })
  }
  await database.query({ name: '', text: 'analyze watermark' })
}

async function recorded(database: Database): Promise<string> {
  const deadlineMs = Date.now() + RECORDED_WITHIN_MS
  const statement = {
    name: 'bench-watermark',
    text: `SELECT scope_key FROM watermark WHERE record IS NOT NULL LIMIT 1`,
  }
  while (Date.now() < deadlineMs) {
    const { rows } = await database.query<{ scope_key: string }>(statement)
    if (rows[0]) return rows[0].scope_key
    await sleep(POLL_MS)
  }
  throw new Error('The reconciler recorded no watermark.')
}

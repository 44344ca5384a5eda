import { setTimeout as sleep } from 'node:timers/promises'
import { FreshetError, PARTITIONS } from '@freshet/protocol'
import { postgresEvidenceStore, postgresMarkStore } from '@freshet/postgres'
import { MARK_STEP_MARKS, MARK_STEP_ROWS } from '@freshet/reconciler'
import { measureOnce, type EndToEnd } from '../end-to-end/measure-once.ts'
import { sampleAwaits } from '../measure/closed-loop.ts'
import { latenciesOf } from '../measure/latencies.ts'
import type { Reading } from '../scenario.ts'
import { moveOf } from '../stack/people.ts'
import { COMMON_VALUE, valueScope } from './planted.ts'
import type { Site } from './site.ts'

const RATE_PER_S = 20
/** Durations shrink below a fifth of the full size, but never below this. */
const SHORTEST_MS = 500
const SECONDS = { warmUp: 3, measured: 20 } as const
const TURNS = 100
const HOLDERS_MAX = 1_000
const HOLDERS_READ = 10
const MARKED_WITHIN_MS = 600_000
const POLL_MS = 100

/**
 * Measures the time from when each of some removals should have been appended until an edge refuses by it.
 */
export async function measureRemovals(
  site: Site,
  changeOf: EndToEnd['changeOf'] = moveOf,
): Promise<Reading> {
  const { context, stack, feed } = site
  const planOf = (seconds: number) => ({
    ratePerS: RATE_PER_S,
    durationMs: Math.max(SHORTEST_MS, seconds * 1_000 * Math.min(1, context.scale * 5)),
    inFlightMax: RATE_PER_S * 60,
  })
  const { whole } = await measureOnce(context, {
    stack,
    feed,
    edges: { processes: 1, readers: 1 },
    warmUp: planOf(SECONDS.warmUp),
    measured: planOf(SECONDS.measured),
    repetition: feed.count,
    changeOf,
  })
  return latenciesOf(whole).distribution('ms')
}

/** Measures the reads of one turn of all partitions' publishers, one turn after the other. */
export async function measureTurns({ context, publisher }: Site): Promise<Reading> {
  const turn = (): Promise<unknown> =>
    Promise.all(PARTITIONS.map((partition) => publisher.snapshot(partition)))
  return (await sampleAwaits({ operations: 1, samples: TURNS }, context.clock, turn)).distribution(
    'ms',
  )
}

/**
 * Measures a step of marking that finds nothing to mark, from its floor. Once a minute a step reads
 * from the start.
 */
export async function measureIdleMarking({ context, database }: Site): Promise<Reading> {
  await untilMarked(database)
  const store = postgresMarkStore(database)
  const limit = { rows: MARK_STEP_ROWS, marks: MARK_STEP_MARKS, after: '' }
  let behind = 0n
  await store.markSome({ ...limit, onFloor: (before) => void (behind = before - 1n) })
  const step = (): Promise<unknown> => store.markSome({ ...limit, behind })
  return (await sampleAwaits({ operations: 1, samples: TURNS }, context.clock, step)).distribution(
    'ms',
  )
}

async function untilMarked(database: Site['database']): Promise<void> {
  const deadlineMs = performance.now() + MARKED_WITHIN_MS
  const statement = {
    name: 'bench-marks-wait',
    text: 'SELECT exists (SELECT FROM token_mark) AS waiting',
  }
  while ((await database.query<{ waiting: boolean }>(statement)).rows[0]?.waiting === true) {
    if (performance.now() > deadlineMs) throw new Error('Marking is not over in ten minutes.')
    await sleep(POLL_MS)
  }
}

/**
 * Measures the first page of the holders of a value that every subject holds. A query that the database ends
 * counts with its time limit.
 */
export async function measureHolders({ context, database }: Site): Promise<Reading> {
  const store = postgresEvidenceStore(database)
  const question = { scopes: [valueScope(COMMON_VALUE)], atMs: Date.now() }
  const ask = (): Promise<unknown> =>
    store.holders(question, HOLDERS_MAX).catch((error: unknown) => {
      if (!(error instanceof FreshetError) || error.code !== 'database.statement-timeout')
        throw error
    })
  const plan = { operations: 1, samples: HOLDERS_READ }
  return (await sampleAwaits(plan, context.clock, ask)).distribution('ms')
}

const BYTES_PER_MIB = 1_048_576

/** Returns the size of a table and its indexes, with all of its partitions, in MiB. */
export async function measureSize(
  { database }: Site,
  table: string,
): Promise<{ readonly table: number; readonly indexes: number }> {
  const { rows } = await database.query<{ heap: bigint; indexes: bigint }>(
    {
      name: 'bench-size',
      text: `SELECT sum(pg_table_size(relid))::bigint AS heap, sum(pg_indexes_size(relid))::bigint AS indexes
        FROM (SELECT $1::regclass AS relid UNION SELECT relid FROM pg_partition_tree($1)) AS tables`,
    },
    [table],
  )
  const [{ heap, indexes } = { heap: 0n, indexes: 0n }] = rows
  return { table: Number(heap) / BYTES_PER_MIB, indexes: Number(indexes) / BYTES_PER_MIB }
}

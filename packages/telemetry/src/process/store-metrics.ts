import { Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** A store that a process depends on. */
type StoreName = 'postgres' | 'kafka'

/** The stores of a process. */
export interface StoreParts {
  readonly clock: { readonly monotonicMs: () => number }
  readonly database: {
    query(statement: { readonly name: string; readonly text: string }): Promise<unknown>
    readonly pool: {
      readonly totalCount: number
      readonly idleCount: number
      readonly waitingCount: number
    }
  }
  readonly kafka: { check(): Promise<unknown> }
}

/** The longest wait of a scrape for an answer of a store. */
export const STORE_CHECK_MAX_MS = 1_000
/** Scrapes within this time share one question to each store. */
export const STORE_CHECK_EVERY_MS = 5_000

const ASK = { name: 'ready', text: 'SELECT 1' }

interface Reading {
  readonly store: StoreName
  readonly tookMs: number
  readonly isAnswered: boolean
}

/** Registers the state of the stores as this process sees it. A scrape asks each store once. Call once per `Metrics`. */
export function storeMetrics({ registry }: Metrics, parts: StoreParts): void {
  const read = shared(() => readingsOf(parts), parts.clock)
  const time = new Gauge({
    name: 'freshet_store_round_trip_seconds',
    help: 'The time of a question of this process to a store, asked by the scrape; 1 s: no answer came within it.',
    labelNames: ['store'],
    registers: [],
    async collect() {
      for (const { store, tookMs } of await read()) this.set({ store }, seconds(tookMs))
    },
  })
  const answers = new Gauge({
    name: 'freshet_store_answers',
    help: '1 if the store answered the question of the last scrape within 1 s, 0 if not.',
    labelNames: ['store'],
    registers: [],
    async collect() {
      for (const { store, isAnswered } of await read()) this.set({ store }, isAnswered ? 1 : 0)
    },
  })
  const connections = new Gauge({
    name: 'freshet_database_connections',
    help: 'Connections of this process to the database by state; waiting: work that waits for one.',
    labelNames: ['state'],
    registers: [],
    collect() {
      const { totalCount, idleCount, waitingCount } = parts.database.pool
      this.set({ state: 'busy' }, totalCount - idleCount)
      this.set({ state: 'idle' }, idleCount)
      this.set({ state: 'waiting' }, waitingCount)
    },
  })
  for (const metric of [time, answers, connections]) registry.registerMetric(metric)
}

function readingsOf({ database, kafka, clock }: StoreParts): Promise<readonly Reading[]> {
  const checks: readonly (readonly [StoreName, () => Promise<unknown>])[] = [
    ['postgres', () => database.query(ASK)],
    ['kafka', () => kafka.check()],
  ]
  return Promise.all(
    checks.map(async ([store, ask]) => {
      const startMs = clock.monotonicMs()
      const isAnswered = await within(ask)
      const tookMs = isAnswered ? clock.monotonicMs() - startMs : STORE_CHECK_MAX_MS
      return { store, tookMs: Math.min(tookMs, STORE_CHECK_MAX_MS), isAnswered }
    }),
  )
}

/** Resolves with `false` after a failure, or without an answer in time: a scrape never waits longer. */
async function within(ask: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), STORE_CHECK_MAX_MS)
  })
  const answered = Promise.resolve()
    .then(ask)
    .then(
      () => true,
      () => false,
    )
  return Promise.race([answered, late]).finally(() => clearTimeout(timer))
}

/** The metrics of one scrape, and scrapes of several readers, share a reading. */
function shared<T>(read: () => Promise<T>, clock: StoreParts['clock']): () => Promise<T> {
  let last: { readonly atMs: number; readonly reading: Promise<T> } | undefined
  return () => {
    const nowMs = clock.monotonicMs()
    if (last === undefined || nowMs - last.atMs >= STORE_CHECK_EVERY_MS)
      last = { atMs: nowMs, reading: read() }
    return last.reading
  }
}

import { NS_PER, Latencies } from '../measure/latencies.ts'
import { sampleOf } from '../measure/prometheus-histogram.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { askConsole, consoleMetrics } from '../stack/console.ts'
import { listen, type Listeners } from '../stack/listeners.ts'
import { keepMoving } from '../stack/keep-moving.ts'
import { storeChanges, storedId } from '../stack/many-changes.ts'
import { seedPeople } from '../stack/people.ts'

const STORED = 100_000
const LISTENERS = 100
const CHANGES_PER_S = 50
/** Each change at least once, except those that come and go between two polls. */
const LEAST_PER_S = 0.9 * CHANGES_PER_S
const SAMPLED_WITHIN_MS = 10_000

/** Measures how long a person waits for the console, and what its polling costs. */
export const looking: Scenario = {
  metrics: [
    {
      id: 'console.explain',
      unit: 'ms',
      about: `GET /v1/changes/{id} of any of ${STORED.toLocaleString('en')} stored changes, over HTTP keep-alive, one at a time`,
      tail: { p99: { atMost: 100 } },
    },
    {
      id: 'live.100',
      unit: '%',
      about: `of one core: the console, with ${LISTENERS} clients of /v1/stream during ${CHANGES_PER_S} changes/s`,
      target: { atMost: 20 },
    },
    {
      id: 'live.100.events',
      unit: '1/s',
      about: 'changes that the client with the fewest events received in that time',
      target: { atLeast: LEAST_PER_S },
    },
    { id: 'live.0', unit: '%', about: 'the same without clients' },
    {
      id: 'sli.sample',
      unit: 'ms',
      about:
        'acknowledged append of a change → measured as complete at every edge (one sidecar), meanwhile',
      tail: { p99: { atMost: 2_000 } },
    },
    {
      id: 'metrics.scrape',
      unit: 'ms',
      about: '/metrics of the reconciler, one at a time, meanwhile',
      target: { atMost: 50 },
    },
    {
      id: 'metrics.scrape.edge',
      unit: 'ms',
      about: '/metrics of a sidecar, the same',
      target: { atMost: 50 },
    },
    {
      id: 'metrics.series',
      unit: 'series',
      about: 'series of the reconciler at that time',
      target: { atMost: 5_000 },
    },
    {
      id: 'metrics.series.edge',
      unit: 'series',
      about: 'series of the sidecar at that time',
      target: { atMost: 300 },
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority', 'console', 'sidecar'])
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  await seedPeople(feed)
  await storeChanges(stack.database, STORED)
  const acknowledged = new Map<string, number>()
  const moving = keepMoving(context, feed, CHANGES_PER_S, (id) => acknowledged.set(id, Date.now()))
  const readings = await repeat(context, async () => {
    const quiet = await cpuShare(context, stack)
    const listening = await listen(context, stack, LISTENERS)
    const watched = await watch(context, stack, listening)
    listening.stop()
    const [reconciler, edge] = await Promise.all([
      scrape(context, stack.at.reconciler),
      scrape(context, stack.at.sidecar),
    ])
    return {
      'console.explain': await explain(context, stack),
      ...watched,
      'live.0': quiet,
      'sli.sample': await samples(context, stack, acknowledged),
      'metrics.scrape': reconciler.latencies.distribution('ms'),
      'metrics.scrape.edge': edge.latencies.distribution('ms'),
      'metrics.series': reconciler.series,
      'metrics.series.edge': edge.series,
    }
  })
  moving.stop()
  return readings
}

async function explain(context: BenchContext, stack: BenchStack): Promise<Distribution> {
  const latencies = new Latencies()
  const asks = context.quick ? 300 : 2_000
  for (let n = 0; n < asks; n += 1) {
    // The ids are far apart, and the same in every run.
    const id = storedId(1 + ((n * 7_919) % STORED))
    const startNs = context.clock.nowNs()
    await askConsole(stack, `/v1/changes/${id}`)
    latencies.record(context.clock.nowNs() - startNs)
  }
  return latencies.distribution('ms')
}

type Distribution = ReturnType<Latencies['distribution']>

/** Returns the per cent of one core that the console takes for a while. */
async function cpuShare(context: BenchContext, stack: BenchStack): Promise<number> {
  const cpuS = async (): Promise<number> =>
    sampleOf(await consoleMetrics(stack), 'process_cpu_seconds_total')
  const startMs = performance.now()
  const before = await cpuS()
  await context.clock.sleep(context.quick ? 5_000 : 15_000)
  return ((await cpuS()) - before) / ((performance.now() - startMs) / 100_000)
}

/** Measures the delivery to all listeners, and the number of changes that each of them received. */
async function watch(
  context: BenchContext,
  stack: BenchStack,
  listening: Listeners,
): Promise<Readonly<Record<string, number>>> {
  const before = listening.received()
  const startMs = performance.now()
  const share = await cpuShare(context, stack)
  const seconds = (performance.now() - startMs) / 1_000
  const heard = listening.received().map((count, n) => count - (before[n] ?? 0))
  return { 'live.100': share, 'live.100.events': Math.min(...heard) / seconds }
}

/** Returns the latest acknowledged changes, each of which must come to be measured. */
async function samples(
  context: BenchContext,
  { database }: BenchStack,
  acknowledged: ReadonlyMap<string, number>,
): Promise<Distribution> {
  const ids = [...acknowledged.keys()].slice(-200)
  const text = `SELECT id, closed_at_ms FROM change_sample
    WHERE id = ANY ($1::text[]) AND closed_at_ms IS NOT NULL`
  const deadline = performance.now() + SAMPLED_WITHIN_MS
  for (;;) {
    type Row = { id: string; closed_at_ms: bigint }
    const { rows } = await database.query<Row>({ name: '', text }, [ids])
    if (rows.length === ids.length) {
      const latencies = new Latencies()
      for (const { id, closed_at_ms: at } of rows)
        latencies.record((Number(at) - (acknowledged.get(id) ?? 0)) * NS_PER.ms)
      return latencies.distribution('ms')
    }
    if (performance.now() > deadline)
      throw new Error(`${rows.length} of ${ids.length} are measured.`)
    await context.clock.sleep(100)
  }
}

async function scrape(
  { clock, quick }: BenchContext,
  url: string,
): Promise<{ readonly latencies: Latencies; readonly series: number }> {
  const latencies = new Latencies()
  let text = ''
  for (let n = 0; n < (quick ? 30 : 100); n += 1) {
    const startNs = clock.nowNs()
    text = await (await fetch(new URL('/metrics', url))).text()
    latencies.record(clock.nowNs() - startNs)
  }
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return { latencies, series: lines.length }
}

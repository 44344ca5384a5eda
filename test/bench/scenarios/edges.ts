import { cpus } from 'node:os'
import { EXACT_EDGES_MAX } from '@freshet/protocol/slo'
import type { ReportsSent } from '../edge/reports-process.ts'
import { sampleOf } from '../measure/prometheus-histogram.ts'
import type { BenchChild } from '../run/child.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { postgresWork } from '../stack/postgres-work.ts'
import { seedPeople, moveOf, PEOPLE } from '../stack/people.ts'

const EDGES = 10_000
const QUICK_EDGES = 2_000
const CHANGES_PER_S = 20
const MIB = 1_048_576
const SEEN_WITHIN_MS = 60_000
const POLL_MS = 500
const BURST_MS = 50

/** Measures the cost of receiving reports of thousands of edges. */
export const hearingEdges: Scenario = {
  metrics: [
    {
      id: 'edges.10k.console',
      unit: '%',
      about: `of one core: the console, while ${EDGES.toLocaleString('en')} edges (quick: ${QUICK_EDGES.toLocaleString('en')}) report once a second and ${CHANGES_PER_S} changes/s flow`,
      target: { atMost: 100 },
    },
    {
      id: 'edges.10k.behind',
      unit: 'ms',
      about: 'the age of the newest report that the console has stored',
    },
    {
      id: 'edges.10k.behind.last',
      unit: 'ms',
      about: 'the same for the edge with the oldest report: it reports once a second',
    },
    {
      id: 'edges.10k.machine',
      unit: '%',
      about: 'of all cores: all processes in that time, with broker, database and edges',
    },
    {
      id: 'edges.10k.load',
      unit: '%',
      about: 'of one core: the process that reports for the edges',
    },
    { id: 'edges.10k.reports', unit: '1/s', about: 'records on the topic of reports' },
    {
      id: 'edges.10k.topic',
      unit: 'MiB',
      about: 'on the topic of reports each second, keys and values',
    },
    {
      id: 'edges.10k.transactions',
      unit: '1/s',
      about: 'transactions of Postgres, the reconciler’s among them',
    },
    { id: 'edges.10k.rows', unit: '1/s', about: 'rows of Postgres that were written' },
    { id: 'edges.10k.wal', unit: 'MiB', about: 'write-ahead log of Postgres each second' },
    { id: 'edges.10k.tables', unit: 'MiB', about: 'size of the tables of edges at the end' },
    {
      id: 'edges.10k.sample',
      unit: 'ms',
      about:
        'slowest of the last changes, from its append to complete at every edge, as measured: an upper bound',
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const edges = context.quick ? QUICK_EDGES : EDGES
  const stack = await startStack(context, ['reconciler', 'console'])
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  await seedPeople(feed)
  const { brokers } = stack.at
  const plan = { brokers, edges, everyMs: 1_000 }
  const child = context.child(new URL('../edge/reports-process.js', import.meta.url), plan)
  await child.receive()
  await untilSeen(context, stack, edges)
  const moving = keepMoving(context, feed, CHANGES_PER_S)
  const readings = await repeat(context, () => measure(context, stack, child))
  moving.stop()
  return readings
}

async function untilSeen(context: BenchContext, stack: BenchStack, edges: number): Promise<void> {
  const deadline = performance.now() + SEEN_WITHIN_MS
  for (;;) {
    const seen = await askConsole<{ readonly total: number; readonly groups: readonly unknown[] }>(
      stack,
      '/v1/edges?standing=synced&limit=1',
    )
    if (seen.total === edges && seen.groups.length > 0 === edges > EXACT_EDGES_MAX) return
    if (performance.now() > deadline)
      throw new Error(`Only ${seen.total} of ${edges} edges are synced.`)
    await context.clock.sleep(POLL_MS)
  }
}

async function measure(
  context: BenchContext,
  stack: BenchStack,
  child: BenchChild,
): Promise<Readonly<Record<string, number>>> {
  const before = await readStack(stack, child)
  await context.clock.sleep(context.quick ? 8_000 : 30_000)
  const after = await readStack(stack, child)
  const seconds = (after.atMs - before.atMs) / 1_000
  const perS = (read: (at: StackReading) => number): number =>
    (read(after) - read(before)) / seconds
  const { lateMs, lost } = after.reports
  if (lateMs > 1_000 || lost > before.reports.lost)
    context.progress(`reports are ${Math.round(lateMs)} ms late, ${lost} of them lost`)
  return {
    'edges.10k.console': 100 * perS(({ cpuS }) => cpuS),
    'edges.10k.machine': 100 * (1 - perS(({ idleS }) => idleS) / cpus().length),
    'edges.10k.load': 100 * perS(({ reports }) => reports.cpuS),
    ...(await behindMs(stack)),
    'edges.10k.reports': perS(({ reports }) => reports.records),
    'edges.10k.topic': perS(({ reports }) => reports.bytes) / MIB,
    'edges.10k.transactions': perS(({ work }) => work.transactions),
    'edges.10k.rows': perS(({ work }) => work.rows),
    'edges.10k.wal': perS(({ work }) => work.walBytes) / MIB,
    'edges.10k.tables': after.work.edgeTableBytes / MIB,
    'edges.10k.sample': await slowestMs(stack),
  }
}

interface StackReading {
  readonly atMs: number
  readonly cpuS: number
  readonly idleS: number
  readonly reports: ReportsSent
  readonly work: Awaited<ReturnType<typeof postgresWork>>
}

async function readStack(stack: BenchStack, child: BenchChild): Promise<StackReading> {
  child.send('tell')
  const [reports, metrics, work] = await Promise.all([
    child.receive<ReportsSent>(),
    consoleMetrics(stack),
    postgresWork(stack.database),
  ])
  const cpuS = sampleOf(metrics, 'process_cpu_seconds_total')
  return { atMs: performance.now(), cpuS, idleS: idleSeconds(), reports, work }
}

async function behindMs({ database }: BenchStack): Promise<Readonly<Record<string, number>>> {
  const text = 'SELECT max(reported_at_ms) AS newest, min(reported_at_ms) AS last FROM edge'
  const { rows } = await database.query<Record<'newest' | 'last', bigint>>({ name: '', text })
  const since = (at: bigint | undefined): number => Math.max(0, Date.now() - Number(at ?? 0n))
  const [row] = rows
  return { 'edges.10k.behind': since(row?.newest), 'edges.10k.behind.last': since(row?.last) }
}

/** Returns the time for which all cores together were idle. */
function idleSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1_000
}

/**
 * Returns the slowest of the measured changes of the last ten seconds. Each must be measured, and each as an
 * upper bound.
 */
async function slowestMs({ database }: BenchStack): Promise<number> {
  const text = `SELECT max(coalesce(complete_ms, 900000)) AS slowest, bool_and(is_upper_bound) AS bound
    FROM change_sample WHERE closed_at_ms > (SELECT max(closed_at_ms) FROM change_sample) - 10000`
  const { rows } = await database.query<{ slowest: bigint | null; bound: boolean }>({
    name: '',
    text,
  })
  const [row] = rows
  if (row?.slowest == null || !row.bound) throw new Error('No change was measured as of groups.')
  return Number(row.slowest)
}

/** Sends a request to the console as an admin. @throws if it refuses */
async function askConsole<T>({ at, workspace }: BenchStack, path: string): Promise<T> {
  const headers = { authorization: `Bearer ${workspace.adminToken}` }
  const response = await fetch(new URL(path, at.console), { headers })
  if (!response.ok) throw new Error(`The console answered ${response.status} to ${path}.`)
  return (await response.json()) as T
}

/** Returns the text of its `/metrics`. */
async function consoleMetrics({ at }: BenchStack): Promise<string> {
  const response = await fetch(new URL('/metrics', at.console))
  return response.text()
}

/** Sends changes at a constant rate until it is stopped; nearly all of them remove a value. */
function keepMoving(
  context: BenchContext,
  feed: ChangeFeed,
  perS: number,
  onAcknowledged: (id: string) => void = () => undefined,
): { stop(): void } {
  const stop = new AbortController()
  const { signal } = stop
  const move = async (): Promise<void> => {
    const startMs = performance.now()
    for (let moved = 0; !signal.aborted; moved += 1) {
      while (moved >= ((performance.now() - startMs) / 1_000) * perS)
        await context.clock.sleep(BURST_MS)
      const n = PEOPLE + moved
      const id = `move-${n}`
      await feed.append(moveOf(n, id))
      onAcknowledged(id)
    }
  }
  move().catch((error: unknown) => context.progress(`changes stopped: ${String(error)}`))
  return { stop: () => stop.abort() }
}

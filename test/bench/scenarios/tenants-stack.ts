import { cpus } from 'node:os'
import { measureOnce } from '../end-to-end/measure-once.ts'
import { latenciesOf } from '../measure/latencies.ts'
import {
  repeat,
  type BenchContext,
  type Metric,
  type Reading,
  type Readings,
  type Scenario,
} from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { moveOf, seedPeople } from '../stack/people.ts'
import { notFresh, startTenantsEdges, untilAllFresh, type TenantsEdges } from '../tenants/edges.ts'
import { distributionOf, heartbeatSizes, revocationEnds } from '../tenants/heartbeat-sizes.ts'
import { manyTenants } from '../tenants/registry.ts'
import { keepManySources, type ManySources } from '../tenants/sources.ts'
import { tokensOf } from '../tenants/tokens.ts'
import { sampleOf } from '../measure/prometheus-histogram.ts'
import { postgresWork } from '../stack/postgres-work.ts'
import type { TenantsEdgeReading } from '../tenants/edge-process.ts'

const TENANTS = { quick: 500, full: 4_000 } as const
const SECONDS = { quick: 8, full: 60 } as const
const PACE = { heartbeat: '5s', lease: '30s' } as const
const HEARTBEAT_EVERY_MS = 5_000
const EDGES = 2
/** The first heartbeat of each feed makes its rows, and a gateway makes only some of them in a request. */
const FRESH_WITHIN_MS = 240_000
const POLL_EVERY_MS = 2_000
const REMOVALS = { ratePerS: 20, inFlightMax: 400, seconds: { quick: 3, full: 15 } } as const
const PER_CENT = 100
const MIB = 1_048_576

const ABOUT =
  'a whole stack with 4,000 tenants (quick: 500) of four sources, each with a lease of 30 s and a heartbeat every 5 s'

/** Measures a whole stack that serves many tenants, in which nothing changes. Fails if any claim is not fresh. */
export const servingTenants: Scenario = {
  metrics: [
    {
      id: 'tenants.stack.heartbeat',
      unit: 'kB',
      about: `${ABOUT}: heartbeats on the revocation topic, except those with the list`,
      target: { atMost: 2 },
    },
    { id: 'tenants.stack.list', unit: 'kB', about: 'the same: the largest of those with the list' },
    {
      id: 'tenants.stack.fresh',
      unit: '%',
      about: `the same: tokens with every claim fresh, one of each tenant and partition, at the worst of all looks at ${EDGES} edges`,
      target: { atLeast: 100 },
    },
    {
      id: 'tenants.stack.edge',
      unit: '%',
      about: `the same: of a core, the busier one of ${EDGES} edges, with the leases of all feeds`,
      target: { atMost: 10 },
    },
    share('reconciler', 'of a core, the reconciler'),
    share('gateway', 'of a core, the gateway'),
    share('machine', 'of all cores: every process, with broker, database and sources'),
    {
      id: 'tenants.stack.rows',
      unit: '1/s',
      about: 'the same: rows of Postgres that were written',
    },
    {
      id: 'tenants.stack.wal',
      unit: 'MiB',
      about: 'the same: write-ahead log of Postgres each second',
    },
    {
      id: 'tenants.stack.removal',
      unit: 'ms',
      about: `the same: intended append of a removal → applied at the last of ${EDGES} edges, ${REMOVALS.ratePerS}/s`,
      against: [{ id: 'tenants.stack.alone.removal', atMost: 2 }],
    },
    {
      id: 'tenants.stack.alone.removal',
      unit: 'ms',
      about: 'the same before the sources of the other tenants start',
    },
  ],
  onlyNamed: true,
  run,
}

function share(part: string, about: string): Metric {
  return { id: `tenants.stack.${part}`, unit: '%', about: `the same: ${about}` }
}

interface World {
  readonly stack: BenchStack
  readonly feed: ChangeFeed
  readonly edges: TenantsEdges
  readonly sources: ManySources
}

async function run(context: BenchContext): Promise<Readings> {
  const tenants = await manyTenants(context, TENANTS[sizeOf(context)], PACE)
  const stack = await startStack(context, ['gateway', 'reconciler', 'authority'], tenants.edit)
  const feed = new ChangeFeed(stack.kafka.writer(), stack.macKey)
  await seedPeople(feed)
  const alone = await removals(context, { stack, feed }, 0)
  const begin = await revocationEnds(stack.kafka.reader())
  const edges = await startTenantsEdges(context, stack, EDGES)
  const sources = await keepManySources(context, stack, { ...tenants, everyMs: HEARTBEAT_EVERY_MS })
  await edges.keep(await tokensOf(stack, tenants.names))
  await untilAllFresh(context, edges, FRESH_WITHIN_MS)
  const world = { stack, feed, edges, sources }
  const readings = await repeat(context, async (n) => ({
    ...(await quiet(context, world)),
    'tenants.stack.removal': await removals(context, world, n + 1),
  }))
  const reader = stack.kafka.reader()
  const { withList } = await heartbeatSizes(reader, begin, await revocationEnds(reader))
  return {
    ...readings,
    'tenants.stack.list': [Math.max(...withList)],
    'tenants.stack.alone.removal': [alone],
  }
}

function sizeOf({ quick }: BenchContext): 'quick' | 'full' {
  return quick ? 'quick' : 'full'
}

/** Measures without changes, while the edges are asked for their verdicts all the time. */
async function quiet(
  context: BenchContext,
  { stack, edges, sources }: World,
): Promise<Record<string, Reading>> {
  const reader = stack.kafka.reader()
  sources.takeRefusals()
  const from = await revocationEnds(reader)
  const before = await readStack(stack, edges)
  const untilMs = performance.now() + SECONDS[sizeOf(context)] * 1_000
  while (performance.now() < untilMs) {
    await context.clock.sleep(POLL_EVERY_MS)
    const problem = notFresh(await edges.read())
    if (problem !== undefined) throw new Error(problem)
  }
  const after = await readStack(stack, edges)
  const { usual } = await heartbeatSizes(reader, from, await revocationEnds(reader))
  const refused = sources.takeRefusals()
  if (refused.count > 0) context.progress(`${refused.count} heartbeats refused: ${refused.last}`)
  return { 'tenants.stack.heartbeat': distributionOf(usual), ...costs(before, after) }
}

function costs(before: StackReading, after: StackReading): Record<string, number> {
  const seconds = (after.atMs - before.atMs) / 1_000
  const perS = (read: (at: StackReading) => number): number =>
    (read(after) - read(before)) / seconds
  const edges = after.readings.map((_, n) =>
    perS(({ readings }) => (readings[n]?.cpuUs ?? 0) / 1e6),
  )
  return {
    'tenants.stack.fresh': PER_CENT,
    'tenants.stack.edge': PER_CENT * Math.max(...edges),
    'tenants.stack.reconciler': PER_CENT * perS(({ reconcilerS }) => reconcilerS),
    'tenants.stack.gateway': PER_CENT * perS(({ gatewayS }) => gatewayS),
    'tenants.stack.machine': PER_CENT * (1 - perS(({ idleS }) => idleS) / cpus().length),
    'tenants.stack.rows': perS(({ rows }) => rows),
    'tenants.stack.wal': perS(({ walBytes }) => walBytes) / MIB,
  }
}

/** Measures removals of people of one tenant. */
async function removals(
  context: BenchContext,
  { stack, feed }: Pick<World, 'stack' | 'feed'>,
  repetition: number,
): Promise<Reading> {
  const { ratePerS, inFlightMax, seconds } = REMOVALS
  const plan = { ratePerS, inFlightMax, durationMs: seconds[sizeOf(context)] * 1_000 }
  const { whole } = await measureOnce(context, {
    stack,
    feed,
    edges: { processes: EDGES, readers: 1 },
    warmUp: { ...plan, durationMs: 1_000 },
    measured: plan,
    repetition,
    changeOf: moveOf,
  })
  return latenciesOf(whole).distribution('ms')
}

/** The work of the parts of the stack until a moment. */
interface StackReading {
  readonly atMs: number
  /** Processor time, in seconds. */
  readonly gatewayS: number
  readonly reconcilerS: number
  /** The time for which all cores together were idle, in seconds. */
  readonly idleS: number
  readonly readings: readonly TenantsEdgeReading[]
  readonly rows: number
  readonly walBytes: number
}

/** Asks all parts. */
async function readStack(stack: BenchStack, edges: TenantsEdges): Promise<StackReading> {
  const [gatewayS, reconcilerS, readings, work] = await Promise.all([
    processorSeconds(stack.at.gateway),
    processorSeconds(stack.at.reconciler),
    edges.read(),
    postgresWork(stack.database),
  ])
  const idleS = cpus().reduce((sum, { times }) => sum + times.idle, 0) / 1_000
  const { rows, walBytes } = work
  return { atMs: performance.now(), gatewayS, reconcilerS, idleS, readings, rows, walBytes }
}

async function processorSeconds(service: string): Promise<number> {
  const answer = await fetch(new URL('/metrics', service))
  return sampleOf(await answer.text(), 'process_cpu_seconds_total')
}

import { startClient, type Client } from '../http/client.ts'
import { startCrowd, type Crowd, type CrowdVisit } from '../http/crowd.ts'
import { Latencies } from '../measure/latencies.ts'
import {
  repeat,
  type BenchContext,
  type Reading,
  type Readings,
  type Scenario,
} from '../scenario.ts'
import { authorityLoad } from '../stack/authority-load.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { seedPeople } from '../stack/people.ts'
import { exchangeBodies, firstToken, formHeaders, tokenUrl } from '../stack/token-requests.ts'

const CROWD = { quick: 5_000, full: 100_000 } as const
/** The rate of first visits: well above the rate at which tokens can be minted. */
const ARRIVALS_PER_S = 3_000
const PROCESSES = 2
const CONNECTIONS = 256
/** The connections for measuring the rate without a crowd. */
const STEADY_CONNECTIONS = 32
const STEADY_REQUESTS = 2_000
const BODIES = 5_000
const NS_PER_MS = 1_000_000

/**
 * Measures a wide change that made every token stale: all clients request new ones, and obey `Retry-After`.
 */
export const stampeding: Scenario = {
  metrics: [
    {
      id: 'stampede.all',
      unit: 'ms',
      about: `from the first of a crowd (100,000; quick: 5,000) at ${ARRIVALS_PER_S.toLocaleString('en')}/s until the last has a token`,
      against: [{ id: 'floor.stampede' }],
    },
    {
      id: 'stampede.mint',
      unit: 'ms',
      about: 'the admitted request, from its intended time until the token',
      against: [{ id: 'mint' }],
      curve: 'mint',
    },
    {
      id: 'stampede.authority',
      unit: 'ms',
      about: "p99 of the authority's own time, from a request that is admitted to its token",
      target: { atMost: 20 },
      against: [{ id: 'floor.stampede.authority' }],
    },
    { id: 'stampede.authority.p50', unit: 'ms', about: 'the median of it' },
    {
      id: 'floor.stampede.authority',
      unit: 'ms',
      about: 'the same p99 without a crowd, at the rate of floor.stampede',
    },
    {
      id: 'stampede.refusal',
      unit: 'µs',
      about:
        'processor time of the authority for each refusal: the rest after the cost of each token without a crowd',
    },
    { id: 'stampede.visits', unit: 'visits', about: 'requests of a client until it has a token' },
    {
      id: 'stampede.wait',
      unit: 'ms',
      about: 'from the first request until the token: the spread',
      curve: 'stampede',
    },
    {
      id: 'floor.stampede',
      unit: 'ms',
      about: `as many tokens at the rate that ${STEADY_CONNECTIONS} concurrent requests get`,
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority'])
  await seedPeople(new ChangeFeed(stack.kafka.writer(), stack.macKey))
  await firstToken(context, stack)
  const at = { url: tokenUrl(stack), headers: formHeaders(stack) }
  const steady = await startClient(context, { ...at, connections: STEADY_CONNECTIONS })
  const crowd = await startCrowd(context, { ...at, connections: CONNECTIONS }, PROCESSES)
  const size = context.quick ? CROWD.quick : CROWD.full
  const once = async (): Promise<Readonly<Record<string, Reading>>> => {
    const [msEach, calm] = await authorityLoad(stack, () => msPerToken(steady, stack))
    const order = { size, bodies: () => exchangeBodies(stack, BODIES) }
    const cpuMsEach = calm.cpuMs / STEADY_REQUESTS
    return {
      'floor.stampede': msEach * size,
      'floor.stampede.authority': calm.p99Ms,
      ...(await stampede(context, { crowd, stack }, { ...order, cpuMsEach })),
    }
  }
  await msPerToken(steady, stack)
  if (context.quick) return repeat(context, once)
  // One crowd of this size takes minutes.
  return Object.fromEntries(Object.entries(await once()).map(([id, reading]) => [id, [reading]]))
}

async function msPerToken(client: Client, stack: BenchStack): Promise<number> {
  const bodies = await exchangeBodies(stack, STEADY_REQUESTS)
  const { elapsedNs } = await client.ask({ kind: 'one-after-the-other', bodies })
  return elapsedNs / NS_PER_MS / STEADY_REQUESTS
}

interface CrowdPlan {
  readonly size: number
  readonly bodies: CrowdVisit['bodies']
  /** The authority's processor time for a token without a crowd. */
  readonly cpuMsEach: number
}

async function stampede(
  context: BenchContext,
  { crowd, stack }: { readonly crowd: Crowd; readonly stack: BenchStack },
  { size, bodies, cpuMsEach }: CrowdPlan,
): Promise<Readonly<Record<string, Reading>>> {
  const withinMs = (size / ARRIVALS_PER_S) * 1_000
  const visit = { clients: size, withinMs, bodies }
  const [reports, load] = await authorityLoad(stack, () => crowd.visit(visit))
  const visits = reports.flatMap((report) => [...report.visits])
  context.progress(visitsOf(visits))
  return {
    'stampede.all': Math.max(...reports.map(({ elapsedNs }) => elapsedNs)) / NS_PER_MS,
    'stampede.mint': merged(reports.map(({ admittedNs }) => admittedNs)).distribution('ms'),
    'stampede.authority': load.p99Ms,
    'stampede.authority.p50': load.p50Ms,
    'stampede.refusal': ((load.cpuMs - size * cpuMsEach) * 1_000) / Math.max(1, load.refused),
    'stampede.visits': visits.reduce((sum, each) => sum + each, 0) / visits.length,
    'stampede.wait': merged(reports.map(({ waitedNs }) => waitedNs)).distribution('ms'),
  }
}

function merged(parts: readonly Float64Array[]): Latencies {
  const latencies = new Latencies()
  for (const part of parts) for (const durationNs of part) latencies.record(durationNs)
  return latencies
}

function visitsOf(visits: readonly number[]): string {
  const most = visits.reduce((max, each) => Math.max(max, each), 0)
  return `${visits.length} clients have tokens after at most ${most} visits`
}

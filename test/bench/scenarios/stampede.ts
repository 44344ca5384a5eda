import { startClient, type Client } from '../http/client.ts'
import { startCrowd, type Crowd, type CrowdVisit } from '../http/crowd.ts'
import type { CrowdReport } from '../http/crowd-process.ts'
import { Latencies } from '../measure/latencies.ts'
import {
  repeat,
  type BenchContext,
  type Reading,
  type Readings,
  type Scenario,
} from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { seedPeople } from '../stack/people.ts'
import { exchangeBodies, firstToken, formHeaders, tokenUrl } from '../stack/token-requests.ts'

const CROWD = { quick: 5_000, full: 100_000 } as const
/** How fast they come for the first time: well above what can be minted. */
const ARRIVALS_PER_S = 3_000
const PROCESSES = 2
const CONNECTIONS = 256
/** Where the rate without a crowd is measured. */
const STEADY_CONNECTIONS = 32
const STEADY_REQUESTS = 2_000
const BODIES = 5_000
const NS_PER_MS = 1_000_000

/** A wide change made every token stale: all clients come for new ones, and obey `Retry-After`. */
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
      about: 'the visit that was admitted, from when it was due until the token',
      against: [{ id: 'mint' }],
      curve: 'mint',
    },
    {
      id: 'stampede.wait',
      unit: 'ms',
      about: 'from the first visit until the token: the spread',
      curve: 'stampede',
    },
    {
      id: 'floor.stampede',
      unit: 'ms',
      about: `as many tokens at the rate that ${STEADY_CONNECTIONS} requests on the way at once get`,
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
  const once = async (): Promise<Readonly<Record<string, Reading>>> => ({
    'floor.stampede': (await msPerToken(steady, stack)) * size,
    ...(await stampede(context, crowd, { size, bodies: () => exchangeBodies(stack, BODIES) })),
  })
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

async function stampede(
  context: BenchContext,
  crowd: Crowd,
  { size, bodies }: { readonly size: number; readonly bodies: CrowdVisit['bodies'] },
): Promise<Readonly<Record<string, Reading>>> {
  const withinMs = (size / ARRIVALS_PER_S) * 1_000
  const reports = await crowd.visit({ clients: size, withinMs, bodies })
  context.progress(visitsOf(reports))
  return {
    'stampede.all': Math.max(...reports.map(({ elapsedNs }) => elapsedNs)) / NS_PER_MS,
    'stampede.mint': merged(reports.map(({ admittedNs }) => admittedNs)).distribution('ms'),
    'stampede.wait': merged(reports.map(({ waitedNs }) => waitedNs)).distribution('ms'),
  }
}

function merged(parts: readonly Float64Array[]): Latencies {
  const latencies = new Latencies()
  for (const part of parts) for (const durationNs of part) latencies.record(durationNs)
  return latencies
}

function visitsOf(reports: readonly CrowdReport[]): string {
  const visits = reports.flatMap((report) => [...report.visits])
  const mean = visits.reduce((sum, each) => sum + each, 0) / visits.length
  const most = visits.reduce((max, each) => Math.max(max, each), 0)
  return `${visits.length} clients have tokens after ${mean.toFixed(2)} visits, at most ${most}`
}

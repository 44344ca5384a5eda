import { startClient, type Client } from '../http/client.ts'
import { startCrowd, type Crowd, type CrowdVisit } from '../http/crowd.ts'
import type { CrowdReport } from '../http/crowd-process.ts'
import { Latencies } from '../measure/latencies.ts'
import { boundOf, bucketsOf, type Buckets } from '../measure/prometheus-histogram.ts'
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
      id: 'stampede.authority',
      unit: 'ms',
      about:
        "the authority's own time for 99 % of the tokens, from request to answer: an upper bound",
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
    ...(await stampede(
      context,
      { crowd, stack },
      { size, bodies: () => exchangeBodies(stack, BODIES) },
    )),
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
  { crowd, stack }: { readonly crowd: Crowd; readonly stack: BenchStack },
  { size, bodies }: { readonly size: number; readonly bodies: CrowdVisit['bodies'] },
): Promise<Readonly<Record<string, Reading>>> {
  const withinMs = (size / ARRIVALS_PER_S) * 1_000
  const before = await tokenTimes(stack)
  const reports = await crowd.visit({ clients: size, withinMs, bodies })
  const ownS = boundOf(0.99, before, await tokenTimes(stack))
  context.progress(visitsOf(reports))
  return {
    'stampede.all': Math.max(...reports.map(({ elapsedNs }) => elapsedNs)) / NS_PER_MS,
    'stampede.mint': merged(reports.map(({ admittedNs }) => admittedNs)).distribution('ms'),
    'stampede.authority': ownS * 1_000,
    'stampede.wait': merged(reports.map(({ waitedNs }) => waitedNs)).distribution('ms'),
  }
}

/** How long the authority took for the tokens that it gave, as its metrics say. */
async function tokenTimes({ at }: BenchStack): Promise<Buckets> {
  const answer = await fetch(`${at.authority}/metrics`)
  return bucketsOf(await answer.text(), 'http_server_request_duration_seconds', {
    http_route: '/oauth/token',
    http_response_status_code: '200',
  })
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

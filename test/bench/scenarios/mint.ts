import { readFile } from 'node:fs/promises'
import { sign } from 'node:crypto'
import { readSigningKeySet } from '@freshet/wire'
import { insertRate } from '../floor/ledger-insert.ts'
import { startClient, type Client } from '../http/client.ts'
import { sampleCalls } from '../measure/closed-loop.ts'
import { latenciesOf, type Latencies } from '../measure/latencies.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { seedPeople } from '../stack/people.ts'
import { exchangeBodies, firstToken, formHeaders, tokenUrl } from '../stack/token-requests.ts'

/** Requests in progress at once if the rate is measured; connections if latencies are. */
const CONNECTIONS = 32
/** The rate for latencies: the load that the authority must carry. */
const RATE_PER_S = 1_500
/** The pool has the size of the authority's own. */
const FLOOR_CONNECTIONS = 8
/** About the bytes that the signature of an access token covers. */
const SIGNED_BYTES = 700

/** Measures minting over HTTP, beside the least that it can cost. */
export const minting: Scenario = {
  metrics: [
    {
      id: 'mint.rate',
      unit: '1/s',
      about: `token exchange over HTTP keep-alive, ${CONNECTIONS} concurrent requests`,
      target: { atLeast: 1_500 },
      against: [{ id: 'floor.mint.insert' }],
    },
    {
      id: 'mint',
      unit: 'ms',
      about: `the same in an open loop of ${RATE_PER_S.toLocaleString('en')}/s, from the intended request`,
      tail: { p99: { atMost: 20 } },
      curve: 'mint',
    },
    {
      id: 'mint.half',
      unit: 'ms',
      about: 'the same at half that rate',
      curve: 'mint',
    },
    {
      id: 'floor.mint.insert',
      unit: '1/s',
      about: `pg alone: the rows of ledger and issuance, ${FLOOR_CONNECTIONS} connections, fsync`,
    },
    { id: 'floor.mint.sign', unit: 'µs', about: 'node:crypto alone: the ES256 signature' },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const stack = await startStack(context, ['reconciler', 'authority'])
  await seedPeople(new ChangeFeed(stack.kafka.writer(), stack.macKey))
  await firstToken(context, stack)
  const client = await startClient(context, {
    url: tokenUrl(stack),
    connections: CONNECTIONS,
    headers: formHeaders(stack),
  })
  const sizes = context.quick
    ? { requests: 3_000, seconds: 3, samples: 200 }
    : { requests: 15_000, seconds: 10, samples: 1_000 }
  await mintsPerS(client, stack, sizes.requests)
  const { url } = await context.postgres()
  const floor = { url, connections: FLOOR_CONNECTIONS }
  return repeat(context, async () => ({
    'mint.rate': await mintsPerS(client, stack, sizes.requests),
    'floor.mint.insert': await insertRate(context, floor, sizes.requests),
    mint: (await openLoopAt(client, stack, RATE_PER_S, sizes.seconds)).distribution('ms'),
    'mint.half': (await openLoopAt(client, stack, RATE_PER_S / 2, sizes.seconds)).distribution(
      'ms',
    ),
    'floor.mint.sign': (await signing(context, stack, sizes.samples)).distribution('µs'),
  }))
}

async function openLoopAt(
  client: Client,
  stack: BenchStack,
  ratePerS: number,
  seconds: number,
): Promise<Latencies> {
  const bodies = await exchangeBodies(stack, ratePerS * seconds)
  const plan = { ratePerS, durationMs: seconds * 1_000, inFlightMax: bodies.length }
  const { durationsNs } = await client.ask({ kind: 'open-loop', bodies, plan })
  return latenciesOf(durationsNs)
}

async function signing(
  context: BenchContext,
  { workspace }: BenchStack,
  samples: number,
): Promise<Latencies> {
  const [ours] = readSigningKeySet(
    JSON.parse(await readFile(workspace.keys.tokens, 'utf8')),
    'ES256',
  )
  if (ours === undefined) throw new Error('The stack has no token key.')
  const { key } = ours
  const signed = Buffer.alloc(SIGNED_BYTES, 'a')
  const plan = { operations: 10, samples }
  return sampleCalls(plan, context.clock, () => {
    sign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' })
  })
}

/** Measures mints per second, with as many requests in progress at once as the client has connections. */
async function mintsPerS(client: Client, stack: BenchStack, count: number): Promise<number> {
  const bodies = await exchangeBodies(stack, count)
  const { elapsedNs } = await client.ask({ kind: 'one-after-the-other', bodies })
  return (count * 1e9) / elapsedNs
}

import { readFile } from 'node:fs/promises'
import { createPrivateKey, sign, type JsonWebKey } from 'node:crypto'
import { insertRate } from '../floor/ledger-insert.ts'
import { sampleCalls } from '../measure/closed-loop.ts'
import { latenciesOf, type Latencies } from '../measure/latencies.ts'
import type { ClientOrder, ClientProcessPlan, ClientReport } from '../mint/client-process.ts'
import { exchangeBodies, exchangeHeaders } from '../mint/token-requests.ts'
import type { BenchChild } from '../run/child.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { PEOPLE, seedPeople } from '../stack/people.ts'

/** Requests on the way at once where the rate is measured; connections where latencies are. */
const CONNECTIONS = 32
/** Of the latencies: what the authority must carry. */
const RATE_PER_S = 1_500
/** As the authority's own pool. */
const FLOOR_CONNECTIONS = 8
/** About the bytes that an access token signs. */
const SIGNED_BYTES = 700

/** Minting over HTTP, beside the least that it can cost. */
export const minting: Scenario = {
  metrics: [
    {
      id: 'mint.rate',
      unit: '1/s',
      about: `token exchange over HTTP keep-alive, ${CONNECTIONS} requests on the way at once`,
      target: { atLeast: 1_500 },
      against: [{ id: 'floor.mint.insert' }],
    },
    {
      id: 'mint',
      unit: 'ms',
      about: `the same in an open loop of ${RATE_PER_S.toLocaleString('en')}/s, from when it should have been asked`,
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
  await untilMinted(context, stack)
  const client = startClient(context, stack)
  await client.receive()
  const sizes = context.quick
    ? { requests: 3_000, seconds: 3, samples: 200 }
    : { requests: 15_000, seconds: 10, samples: 1_000 }
  await closedLoop(client, stack, sizes.requests)
  const { url } = await context.postgres()
  const floor = { url, connections: FLOOR_CONNECTIONS }
  return repeat(context, async () => ({
    'mint.rate': await closedLoop(client, stack, sizes.requests),
    'floor.mint.insert': await insertRate(context, floor, sizes.requests),
    mint: (await openLoopAt(client, stack, RATE_PER_S, sizes.seconds)).distribution('ms'),
    'mint.half': (await openLoopAt(client, stack, RATE_PER_S / 2, sizes.seconds)).distribution(
      'ms',
    ),
    'floor.mint.sign': (await signing(context, stack, sizes.samples)).distribution('µs'),
  }))
}

function startClient(context: BenchContext, stack: BenchStack): BenchChild {
  const plan: ClientProcessPlan = {
    url: `${stack.at.authority}/oauth/token`,
    connections: CONNECTIONS,
    headers: exchangeHeaders(stack),
  }
  return context.child(new URL('../mint/client-process.js', import.meta.url), plan)
}

/** Mints per second. */
async function closedLoop(client: BenchChild, stack: BenchStack, count: number): Promise<number> {
  const bodies = await exchangeBodies(stack, count, PEOPLE)
  const { elapsedNs } = await ask(client, { kind: 'one-after-the-other', bodies })
  return (count * 1e9) / elapsedNs
}

async function openLoopAt(
  client: BenchChild,
  stack: BenchStack,
  ratePerS: number,
  seconds: number,
): Promise<Latencies> {
  const bodies = await exchangeBodies(stack, ratePerS * seconds, PEOPLE)
  const plan = { ratePerS, durationMs: seconds * 1_000, inFlightMax: bodies.length }
  const { durationsNs } = await ask(client, { kind: 'open-loop', bodies, plan })
  return latenciesOf(durationsNs)
}

async function ask(client: BenchChild, order: ClientOrder): Promise<ClientReport> {
  client.send(order)
  return client.receive<ClientReport>()
}

async function signing(
  context: BenchContext,
  { workspace }: BenchStack,
  samples: number,
): Promise<Latencies> {
  const jwk = JSON.parse(await readFile(workspace.tokenKey.keyFile, 'utf8')) as JsonWebKey
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const signed = Buffer.alloc(SIGNED_BYTES, 'a')
  const plan = { operations: 10, samples }
  return sampleCalls(plan, context.clock, () => {
    sign('sha256', signed, { key, dsaEncoding: 'ieee-p1363' })
  })
}

/** Until every source is heard and the first token is minted. */
async function untilMinted(context: BenchContext, stack: BenchStack): Promise<void> {
  const headers = exchangeHeaders(stack)
  const [body = ''] = await exchangeBodies(stack, 1, PEOPLE)
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const answer = await fetch(`${stack.at.authority}/oauth/token`, {
      method: 'POST',
      headers,
      body,
    })
    if (answer.ok) return
    await answer.body?.cancel()
    await context.clock.sleep(ATTEMPT_EVERY_MS)
  }
  throw new Error('The authority mints nothing.')
}

const ATTEMPTS_MAX = 300
const ATTEMPT_EVERY_MS = 100

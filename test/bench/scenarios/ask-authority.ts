import { DEV_CLIENT, DEV_IDP, DEV_TENANT } from '@freshet/cli/stack'
import { partitionOf } from '@freshet/protocol'
import { encodeEvaluation } from '@freshet/wire'
import { startClient, type Client } from '../http/client.ts'
import { latenciesOf, type Latencies } from '../measure/latencies.ts'
import { repeat, type BenchContext, type Readings, type Scenario } from '../scenario.ts'
import { startStack, type BenchStack } from '../stack/bench-stack.ts'
import { ChangeFeed } from '../stack/change-feed.ts'
import { addPolicies, routeNamed, writePolicies } from '../stack/many-policies.ts'
import { personNamed, seedPeople } from '../stack/people.ts'
import { firstToken, formHeaders } from '../stack/token-requests.ts'

/** Requests in progress at once if a rate is measured. */
const CONNECTIONS = 32
const POLICIES = { routes: 1, each: 10 }
/** The members beside the claims in a request about a route with policies. */
const ROUTE = { route: routeNamed(0), facts: { amount: 5 }, risk: 'high' }

/**
 * Measures the cost of asking the authority about a token. One way is for each request to a high-risk route.
 * The other is introspection (RFC 7662), as a service without an edge would do.
 */
export const askingAuthority: Scenario = {
  metrics: [
    {
      id: 'validate.high-risk',
      unit: 'µs',
      about: 'an access evaluation with positions over HTTP keep-alive, one request at a time',
      target: { atMost: 3_000 },
      tail: { p99: { atMost: 20_000 } },
      against: [{ id: 'peer.introspect' }],
    },
    {
      id: 'validate.high-risk.rate',
      unit: '1/s',
      about: `the same, ${CONNECTIONS} concurrent requests`,
      target: { atLeast: 1_500 },
      against: [{ id: 'peer.introspect.rate' }],
    },
    {
      id: 'highrisk.check',
      unit: 'µs',
      about: 'the same for a route with ten Cedar policies over claims and a fact, one at a time',
      target: { atMost: 3_000 },
      tail: { p99: { atMost: 20_000 } },
      against: [{ id: 'validate.high-risk' }, { id: 'peer.introspect' }],
    },
    {
      id: 'highrisk.check.rate',
      unit: '1/s',
      about: `the same, ${CONNECTIONS} concurrent requests`,
      target: { atLeast: 1_500 },
      against: [{ id: 'validate.high-risk.rate' }, { id: 'peer.introspect.rate' }],
    },
    {
      id: 'peer.introspect',
      unit: 'µs',
      about: 'the introspection route of Freshet over HTTP keep-alive, one token at a time',
    },
    {
      id: 'peer.introspect.rate',
      unit: '1/s',
      about: `the same, ${CONNECTIONS} concurrent requests`,
    },
  ],
  run,
}

async function run(context: BenchContext): Promise<Readings> {
  const policies = await writePolicies(await context.tempDir(), POLICIES)
  const stack = await startStack(context, ['reconciler', 'authority'], (registry) => {
    registry.setIn(['clients', DEV_CLIENT, 'introspects'], ['payments'])
    addPolicies(registry, policies)
  })
  await seedPeople(new ChangeFeed(stack.kafka.writer(), stack.macKey))
  const token = await firstToken(context, stack)
  const validate = await startRoute(context, validation(stack, token))
  const check = await startRoute(context, validation(stack, token, ROUTE))
  const introspect = await startRoute(context, introspection(stack, token))
  const count = context.quick ? 1_000 : 5_000
  for (const route of [validate, check, introspect]) await route.latencies(count)
  return repeat(context, async () => ({
    'validate.high-risk': (await validate.latencies(count)).distribution('µs'),
    'highrisk.check': (await check.latencies(count)).distribution('µs'),
    'peer.introspect': (await introspect.latencies(count)).distribution('µs'),
    'validate.high-risk.rate': await validate.ratePerS(count * 3),
    'highrisk.check.rate': await check.ratePerS(count * 3),
    'peer.introspect.rate': await introspect.ratePerS(count * 3),
  }))
}

/** One request, which is sent repeatedly. */
interface RouteRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Part of the answer to a fresh token: other answers are faster. */
  readonly positive: string
}

function validation(stack: BenchStack, token: string, about: object = {}): RouteRequest {
  const sub = personNamed(0)
  const { e, s, c } = labelOf(token)
  const partition = partitionOf({ tenant: DEV_TENANT, iss: DEV_IDP, sub })
  const positions = [
    { partition, e: BigInt(e), offset: BigInt(s) },
    { partition: 0, e: BigInt(e), offset: BigInt(c) },
  ]
  const question = {
    token,
    subject: sub,
    audience: 'payments',
    claims: ['groups'],
    positions,
    ...about,
  }
  return {
    url: `${stack.at.authority}/access/v1/evaluation`,
    headers: { ...formHeaders(stack), 'content-type': 'application/json' },
    body: JSON.stringify(encodeEvaluation(question)),
    positive: '"decision":true',
  }
}

function introspection(stack: BenchStack, token: string): RouteRequest {
  return {
    url: `${stack.at.authority}/oauth/introspect`,
    headers: formHeaders(stack),
    body: new URLSearchParams({ token }).toString(),
    positive: '"active":true',
  }
}

interface Label {
  readonly e: string
  readonly s: string
  readonly c: string
}

function labelOf(token: string): Label {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
  return (JSON.parse(payload) as { readonly freshet: Label }).freshet
}

/** Sends requests to one route, by one connection or by many. */
interface Route {
  latencies(count: number): Promise<Latencies>
  ratePerS(count: number): Promise<number>
}

async function startRoute(context: BenchContext, request: RouteRequest): Promise<Route> {
  const { url, headers, body, positive } = request
  const answer = await (await fetch(url, { method: 'POST', headers, body })).text()
  if (!answer.includes(positive)) throw new Error(`Not fresh at ${url}: ${answer}`)
  const [one, many] = [
    await startClient(context, { url, headers, connections: 1 }),
    await startClient(context, { url, headers, connections: CONNECTIONS }),
  ]
  const ask = (client: Client, count: number) =>
    client.ask({ kind: 'one-after-the-other', bodies: Array.from({ length: count }, () => body) })
  return {
    latencies: async (count) => latenciesOf((await ask(one, count)).durationsNs),
    ratePerS: async (count) => (count * 1e9) / (await ask(many, count)).elapsedNs,
  }
}

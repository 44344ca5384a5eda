import { formatChangeEvent, generateKey } from '@freshet/wire'
import { CHANGES_PER_CALL_MAX } from '@freshet/intake'
import { MemoryDatabase } from '@freshet/memory'
import { serveHttp } from '@freshet/runtime'
import { acmeRegistry, hrChange, igaChange, TEST_MAC_KEY } from '@freshet/testkit'
import { gatewayWorld, STRUCTURED, type GatewayWorld } from '../gateway/gateway-world.ts'
import { documentOf, type DocumentChange } from '../gateway/published-document.ts'
import { UNPROCESSABLE, type Provocations, type Served } from './answers.ts'
import { CODES_OF_BROKER, CODES_OF_DATABASE, faults, whileFailing, type Faults } from './failing.ts'

const { publicJwk } = await generateKey('ES256', 'k1')
const JSON_TYPE = 'application/json'
/** One more than an address has at once. */
const WRONG_TOKENS = 21

/** A request beside its path. */
interface Sent {
  readonly token?: string
  readonly type?: string
  readonly method?: string
}

type Ask = (path: string, body: unknown, sent?: Sent) => Promise<Response>

/** The gateway over memory, with dependencies that fail as a test plans it. */
export async function gatewaySurface(): Promise<Served> {
  const database = faults()
  const broker = faults()
  const keys = faults()
  const reported: string[] = []
  const world = await gatewayWorld({
    onRefusal: ({ code }) => void reported.push(code),
    database: database.before(new MemoryDatabase()),
    registry: acmeRegistry({ cutOffShare: 0.2 }),
    macKey: () => {
      keys.check()
      return TEST_MAC_KEY
    },
  })
  broker.interrupt(world.writer, 'append')
  broker.interrupt(world.quarantineReader, 'read')
  const server = await serveHttp({ app: world.app })
  const ask: Ask = (path, body, { token, type = JSON_TYPE, method = 'POST' } = {}) =>
    fetch(new URL(path, server.url), {
      method,
      headers: {
        'content-type': type,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const failing = { database, broker, keys }
  return {
    reported,
    provocations: {
      ...requestErrors(ask, world),
      ...eventErrors(ask, world),
      ...orderErrors(ask, world),
      ...versionErrors(ask),
      ...dependencyErrors(ask, world, failing),
      // The last one: the address is refused from then on.
      'limit.reached': async () => {
        for (let sent = 1; sent < WRONG_TOKENS; sent += 1)
          await ask('/v1/cut-offs', {}, { token: 'wrong' })
        return ask('/v1/cut-offs', {}, { token: 'wrong' })
      },
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

function requestErrors(ask: Ask, world: GatewayWorld): Provocations {
  const assertion = (): string => world.assertion('hr')
  const operator = { token: 'operator' }
  const erasure = (sub: string): object => ({
    tenant: 'acme',
    subject: { format: 'iss_sub', iss: 'https://idp.acme.example', sub },
    reason: 'a test',
  })
  return {
    'request.malformed': () =>
      ask('/v1/sources/hr?tenant=acme&only=other', undefined, { token: 'admin', method: 'GET' }),
    'request.too-large': () => {
      const events = Array.from({ length: CHANGES_PER_CALL_MAX + 1 }, () => ({}))
      return ask('/v1/changes', events, { token: assertion(), type: STRUCTURED })
    },
    'request.media-type': () => ask('/v1/changes', 'x', { token: assertion(), type: 'text/plain' }),
    'request.unauthenticated': () => ask('/v1/changes', {}, { type: STRUCTURED }),
    'request.forbidden': () => ask('/v1/cut-offs', {}, { token: 'viewer' }),
    'request.not-found': () => ask('/v1/erasures', erasure('nobody'), operator),
    'erasure.early': () => ask('/v1/erasures', erasure('employed'), operator),
  }
}

function eventErrors(ask: Ask, world: GatewayWorld): Provocations {
  const change = (source: string, body: unknown, token = world.assertion(source)) =>
    ask('/v1/changes', body, { token, type: STRUCTURED })
  const hr = (body: Parameters<typeof formatChangeEvent>[0]) =>
    change('hr', formatChangeEvent(body))
  return {
    'event.malformed': () => change('hr', 'no JSON'),
    [UNPROCESSABLE]: () => change('hr', {}),
    'event.unauthentic': () =>
      change('hr', {}, world.assertion('hr', { aud: 'https://other.test' })),
    'event.forbidden': () => hr(hrChange(1n, { claim: 'entitlements' })),
    'event.unmapped': () => hr(hrChange(2n, { claim: 'unknown' })),
    'event.conflict': async () => {
      await hr(hrChange(3n))
      return hr(hrChange(3n, { values: ['another'] }))
    },
    'event.sequence': () => change('iga', formatChangeEvent(igaChange(9n))),
    'event.unacknowledged': async () => {
      world.writer.away(true)
      await hr(hrChange(4n))
      const through = new Date(world.clock.nowMs()).toISOString()
      const answer = await ask(
        '/v1/heartbeats',
        { tenant: 'acme', through },
        { token: world.assertion('hr') },
      )
      world.writer.away(false)
      return answer
    },
    'event.unrecorded': async () => {
      await hr(hrChange(5n))
      return ask('/v1/sources/hr/state?tenant=acme', undefined, {
        token: world.assertion('hr'),
        method: 'GET',
      })
    },
    'event.superseded': async () => {
      const as = { token: world.assertion('security') }
      await ask('/v1/sources/security/epochs', { tenant: 'acme' }, as)
      const through = new Date(world.clock.nowMs()).toISOString()
      const heartbeat = { tenant: 'acme', through, sequence: '0' }
      return ask('/v1/heartbeats', heartbeat, { token: world.assertion('security') })
    },
  }
}

function orderErrors(ask: Ask, { database, clock }: GatewayWorld): Provocations {
  const cutOff = (scope: string, target: string) =>
    ask('/v1/cut-offs', { op: 'cut-off', tenant: 'acme', scope, target }, { token: 'operator' })
  return {
    'request.unknown-target': () => cutOff('client', 'nobody'),
    'request.unconfirmed': () => {
      for (let n = 0; n < 30; n += 1) {
        const jti = `token-${n}`
        const row = { jti, tenant: 'acme', expMs: clock.nowMs() + 60_000, stale: null, pv: 1 }
        const held = { subject: jti, client: 'web', kid: 'k1', sid: null, valueScopes: [] }
        database.tokens.set(jti, { ...row, ...held } as never)
      }
      return cutOff('tenant', 'acme')
    },
  }
}

function versionErrors(ask: Ask): Provocations {
  const admin = { token: 'admin' }
  const publish = (pv: number, change?: DocumentChange) =>
    ask('/v1/registry', documentOf(pv, { keys: [publicJwk] }, change), admin)
  const activate = (pv: number) =>
    ask('/v1/cut-offs', { op: 'activate', pv, reason: 'a test' }, admin)
  return {
    'registry.invalid': () => publish(2, { groups: { source: 'nobody' } }),
    'registry.unpublished': () => activate(99),
    'registry.conflict': async () => {
      await publish(2)
      return publish(2, { payments: { ttl: '2m' } })
    },
    'registry.tightens': async () => {
      await activate(2)
      await publish(3, { payments: { ttl: '2m' } })
      return activate(3)
    },
  }
}

interface Failing {
  readonly database: Faults
  readonly broker: Faults
  readonly keys: Faults
}

function dependencyErrors(ask: Ask, world: GatewayWorld, failing: Failing): Provocations {
  const operator = { token: 'operator' }
  let denials = 0
  const deny = (): Promise<Response> => {
    const order = { op: 'deny', tenant: 'acme', scope: 'token', target: `token-${(denials += 1)}` }
    return ask('/v1/cut-offs', order, operator)
  }
  let lastNumber = 100n
  const quarantine = (): string => world.quarantine(hrChange((lastNumber += 1n)))
  const replay = (id: string) => ask(`/v1/quarantine/${id}/replay`, {}, operator)
  const quarantinedBefore = quarantine()
  const read = (): Promise<Response> =>
    ask('/v1/sources/hr', undefined, { token: 'admin', method: 'GET' })
  return {
    ...whileFailing(failing.database, CODES_OF_DATABASE, read),
    ...whileFailing(failing.database, ['invariant.broken'], read),
    ...whileFailing(failing.broker, [...CODES_OF_BROKER, 'topic.mismatch'], deny),
    ...whileFailing(failing.keys, ['keys.unusable'], deny),
    ...whileFailing(failing.broker, ['topic.compressed'], () => replay(quarantinedBefore)),
    'registry.not-loaded': async () => {
      const id = quarantine()
      for (const each of world.database.progress.values())
        world.database.progress.set(String(each.partition), { ...each, activeHash: 'another' })
      return replay(id)
    },
  }
}

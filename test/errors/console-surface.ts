import { MemoryDatabase } from '@freshet/memory'
import { adminTokenHash, serveHttp } from '@freshet/runtime'
import { sendOrderTo } from '../../services/console/src/orders/send-order.ts'
import type { OpenIdLogin } from '../../services/console/src/login/openid-routes.ts'
import { CALLBACK } from '../../services/console/src/login/openid-provider.ts'
import { attackedConsole, type AttackedConsole } from '../hostile/services/attacked-console.ts'
import type { Provocations, Served } from './answers.ts'
import { CODES_OF_BROKER, CODES_OF_DATABASE, faults, whileFailing, type Faults } from './failing.ts'

const ROLES = ['viewer', 'operator'] as const
/** One more than an address has at once. */
const WRONG_TOKENS = 21
const RATE = { perSecond: 1, burst: WRONG_TOKENS - 1 }
const TOO_MANY = { byAddress: RATE, overAll: RATE }
/** No service listens there. */
const NOWHERE = 'http://127.0.0.1:1'

/** Sends a request with the token of an admin, or with other headers. */
type Ask = (path: string, how?: RequestInit & { readonly token?: string }) => Promise<Response>

interface Failing {
  readonly database: Faults
  readonly broker: Faults
  readonly issuer: Faults
  readonly orders: Faults
  readonly provider: Faults
}

/** The console over memory, with dependencies that fail as a test plans it. */
export async function consoleSurface(): Promise<Served> {
  const failing = {
    database: faults(),
    broker: faults(),
    issuer: faults(),
    orders: faults(),
    provider: faults(),
  }
  const { database, broker, issuer, orders, provider } = failing
  const send = sendOrderTo(NOWHERE)
  const reported: string[] = []
  const attacked = await attackedConsole({
    onRefusal: ({ code }) => void reported.push(code),
    database: database.before(new MemoryDatabase()),
    parts: ({ openId, ...usual }) => ({
      ...usual,
      tokenLimits: TOO_MANY,
      ...(openId && { openId: withoutRoles(openId, provider) }),
      reader: broker.before(usual.reader),
      admins: ROLES.map((role) => ({ name: role, role, hash: adminTokenHash(role) })),
      async tokenKeys() {
        issuer.check()
        return usual.tokenKeys()
      },
      async sendOrder(order) {
        orders.check()
        return send(order)
      },
    }),
  })
  const server = await serveHttp({ app: attacked.app })
  const ask: Ask = (path, { token = 'operator', headers, ...init } = {}) => {
    const authorization: Record<string, string> =
      token === '' ? {} : { authorization: `Bearer ${token}` }
    const all = { ...authorization, ...(headers as Record<string, string> | undefined) }
    return fetch(new URL(path, server.url), { ...init, headers: all, redirect: 'manual' })
  }
  return {
    reported,
    provocations: {
      ...requestErrors(ask),
      ...loginErrors(ask, attacked, failing),
      ...dependencyErrors(ask, attacked, failing),
      // The last one: the address is refused from then on.
      'limit.reached': async () => {
        for (let sent = 1; sent < WRONG_TOKENS; sent += 1)
          await ask('/v1/status', { token: 'wrong' })
        return ask('/v1/status', { token: 'wrong' })
      },
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** No person has a role, and the provider fails as a test plans it. */
function withoutRoles(usual: OpenIdLogin, provider: Faults): OpenIdLogin {
  const values = { viewer: [], operator: [], admin: [] }
  return { ...usual, roles: { ...usual.roles, values }, provider: provider.before(usual.provider) }
}

function requestErrors(ask: Ask): Provocations {
  return {
    'request.malformed': () => ask('/v1/latency?stage=other'),
    'request.media-type': () => {
      const headers = { 'content-type': 'text/plain' }
      return ask('/v1/session', { method: 'POST', token: '', headers, body: 'x' })
    },
    'request.not-found': () => ask('/v1/slos/unknown'),
    'request.unauthenticated': () => ask('/v1/status', { token: '' }),
    'request.forbidden': () => ask('/v1/audit', { token: 'viewer' }),
  }
}

function loginErrors(
  ask: Ask,
  { loginCookie }: AttackedConsole,
  { provider }: Failing,
): Provocations {
  const cookie = { headers: { cookie: loginCookie }, token: '' }
  const callback = (code: string, how: Parameters<Ask>[1] = cookie): Promise<Response> =>
    ask(`${CALLBACK}?code=${code}&state=s`, how)
  return {
    'login.refused': () => callback('another'),
    'login.unknown': () => callback('the-code', { token: '' }),
    'login.no-role': () => callback('the-code'),
    ...whileFailing(provider, ['login.unavailable'], () => callback('the-code')),
  }
}

function dependencyErrors(
  ask: Ask,
  { quarantinedId }: AttackedConsole,
  failing: Failing,
): Provocations {
  const record = (): Promise<Response> => ask(`/v1/quarantine/${quarantinedId}/record`)
  const explain = (): Promise<Response> =>
    ask('/v1/tokens/explain', { method: 'POST', body: JSON.stringify({ token: 'x' }) })
  const drop = (): Promise<Response> =>
    ask(`/v1/quarantine/${quarantinedId}/drop`, { method: 'POST', body: '{}' })
  return {
    ...whileFailing(failing.database, CODES_OF_DATABASE, record),
    ...whileFailing(failing.broker, [...CODES_OF_BROKER, 'topic.compressed'], record),
    ...whileFailing(failing.issuer, ['keys.unavailable'], explain),
    ...whileFailing(failing.orders, ['keys.unusable'], drop),
    'gateway.unavailable': drop,
  }
}

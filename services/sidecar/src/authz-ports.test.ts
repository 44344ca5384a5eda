import { mappedRoutes, partitionOf, type Route } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import {
  createApp,
  createBareApp,
  createLogger,
  serveHttp,
  type HttpServer,
} from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import {
  acmeRegistry,
  ALICE,
  edgesIn,
  edgeWorld,
  askRaw,
  statusOfRaw,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onMainPort, onProxyPort } from './authz-ports.ts'
import { addAuthzRoutes } from './authz-routes.ts'
import { declaredIn, type DeclaredRoutes } from './declared-routes.ts'

/** One sidecar's two ports. */
interface Ports {
  readonly main: HttpServer
  readonly proxied: HttpServer
}
type Line = `${string} ${string}`
type Headers_ = Record<string, string>

const require = new Map([['groups', ['payments-approvers']]])
const routes = new Map<string, Route>([
  ['POST /approve', { risk: 'normal', policies: [], require }],
  ['POST /open', { risk: 'normal', policies: [], require: new Map() }],
])
const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes }

let world: EdgeWorld
let edges: EdgesIn
/** Without a registry, and with one that declares one route. */
let plain: Ports
let declared: Ports
/** Signed and in time, of a subject who lost groups since. */
let stale: string
let fresh: string

beforeAll(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  const edge = await edges.live()
  stale = world.token()
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n)])
  await world.clock.advance(0)
  fresh = world.token({ label: { e: 1n, s: 101n, c: 100n } })
  plain = await portsOf(edge, undefined)
  const registry = acmeRegistry({ audiences: new Map([['payments', payments]]) })
  declared = await portsOf(edge, declaredIn(mappedRoutes(registry)))
})

afterAll(async () => {
  for (const { main, proxied } of [plain, declared])
    await Promise.all([main.close(), proxied.close()])
  await edges.closeAll()
})

/** The applications of a sidecar, as its `main.ts` wires them. */
async function portsOf(edge: Edge, known: DeclaredRoutes | undefined): Promise<Ports> {
  const metrics = createMetrics({ version: '0', commit: '0' })
  const parts = { edge, metrics: edgeMetrics(metrics), audience: 'payments', routes: known }
  const shared = { logger: createLogger('sidecar', 'silent'), clock: world.clock }
  const health = { signal: new AbortController().signal, checks: {} }
  const app = createApp({ ...shared, ...health, metrics: metrics.exposition })
  app.get('/openapi.json', (c) => c.json({}))
  const proxyApp = createBareApp(shared)
  for (const each of [app, proxyApp]) addAuthzRoutes(each, parts)
  const main = await serveHttp({ app: onMainPort(app) })
  return { main, proxied: await serveHttp({ app: onProxyPort(proxyApp) }) }
}

const bearer = (token: string): Headers_ => ({ authorization: `Bearer ${token}` })

describe('over a socket, where a proxy appends the client’s path', () => {
  it.each<Line>([
    'GET /authz/generic/../../livez',
    'GET /authz/generic/reports/../../../livez',
    'GET /authz/generic/admin/%2e%2e/%2e%2e/%2e%2e/openapi.json',
    'GET /authz/generic/../../metrics',
    'GET /authz/generic/../../readyz',
    'GET /authz/generic/approve/%2e%2e/%2e%2e/%2e%2e/livez',
    'GET /authz/generic/..;/..;/livez',
    'GET /authz/generic/\\..\\..\\livez',
    'GET /authz/./generic/../../livez',
    'GET /authz/nginx/../../livez',
    'POST /authz/generic/admin/../../generic?enforce=observe+until+2099-12-31',
    'POST /authz/generic//approve',
    'POST /authz/generic/approve;x',
    'GET http://sidecar/livez',
    'GET //livez',
  ])('%s is refused on both ports, whatever the token', async (line) => {
    for (const { main, proxied } of [plain, declared])
      for (const { url } of [main, proxied])
        for (const headers of [{}, bearer(stale), bearer(fresh)])
          expect(await statusOfRaw(url, line, headers)).toBe(400)
  })

  it('takes the path behind its own for the path that the client asked, and reads no header', async () => {
    const { url } = declared.proxied
    expect(await statusOfRaw(url, 'POST /authz/generic/approve?amount=7', bearer(fresh))).toBe(200)
    expect(await statusOfRaw(url, 'GET /authz/generic/approve', bearer(fresh))).toBe(403)
    const headers = { 'x-forwarded-method': 'POST', 'x-forwarded-uri': '/approve' }
    const sent = { ...bearer(fresh), ...headers }
    expect(await statusOfRaw(url, 'POST /authz/generic/other', sent)).toBe(403)
    expect(await statusOfRaw(url, 'POST /authz/generic/approve')).toBe(401)
  })

  it.each(['enforce=observe+until+2099-12-31', 'audience=ledger', 'require.groups=staff', 'x'])(
    'ignores the client’s query %s, with a registry and without',
    async (query) => {
      for (const { proxied } of [plain, declared]) {
        const line: Line = `POST /authz/generic/approve?${query}`
        expect(await statusOfRaw(proxied.url, line, bearer(stale))).toBe(401)
        expect(await statusOfRaw(proxied.url, line, bearer(fresh))).toBe(200)
      }
    },
  )

  it('requires a wholly fresh token, and no value, where no registry is loaded', async () => {
    const { url } = plain.proxied
    expect(await statusOfRaw(url, 'GET /authz/generic/reports/7', bearer(fresh))).toBe(200)
    expect(await statusOfRaw(url, 'GET /authz/generic/reports/7', bearer(stale))).toBe(401)
    expect(await statusOfRaw(url, 'GET /authz/generic/reports/7')).toBe(401)
  })

  it.each(['..%2F..%2F..%2Flivez', 'a%3Bx', 'a%5C..', 'a%252E', 'a%3Fx', 'a%23x'])(
    'refuses a path that servers read differently: %s',
    async (path) => {
      const line: Line = `GET /authz/generic/${path}`
      expect(await statusOfRaw(plain.proxied.url, line, bearer(fresh))).toBe(403)
    },
  )
})

describe('the port for proxies', () => {
  it('answers the two addresses that a proxy configures', async () => {
    const { url } = plain.proxied
    expect(await statusOfRaw(url, 'GET /authz/generic?risk=normal', bearer(fresh))).toBe(200)
    expect(await statusOfRaw(url, 'GET /authz/nginx', bearer(fresh))).toBe(204)
  })

  it.each([
    '/livez',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/v1/check',
    '/',
    '/authz/',
    '/authz/nginx/approve',
    '/authz/genericx',
  ])('serves nothing else: %s', async (path) => {
    for (const { proxied } of [plain, declared])
      expect(await statusOfRaw(proxied.url, `GET ${path}`, bearer(fresh))).toBe(403)
  })
})

describe('the main port', () => {
  it('decides at the two addresses alone', async () => {
    const { url } = plain.main
    expect(await statusOfRaw(url, 'GET /authz/generic', bearer(fresh))).toBe(200)
    expect(await statusOfRaw(url, 'GET /authz/nginx', bearer(fresh))).toBe(204)
    for (const path of ['/authz', '/authz/', '/authz/generic/approve', '/authz/genericx'])
      expect(await statusOfRaw(url, `GET ${path}`, bearer(fresh))).toBe(403)
  })

  it('serves all other routes', async () => {
    expect(await statusOfRaw(plain.main.url, 'GET /livez')).toBe(200)
    expect(await statusOfRaw(plain.main.url, 'GET /metrics')).toBe(200)
    expect(await statusOfRaw(plain.main.url, 'GET /nothing')).toBe(404)
  })
})

describe.each([
  ['main', onMainPort],
  ['proxy', onProxyPort],
])('the %s port alone', (_, port) => {
  const open = port({ fetch: () => new Response('reached') })
  const statusAt = (path: string, env: object): number =>
    (open.fetch(new Request(new URL(path, 'http://sidecar')), env) as Response).status

  it('refuses every request of which it does not see the raw target', () => {
    for (const env of [{}, { incoming: {} }])
      for (const path of ['/livez', '/authz/generic', '/authz/generic/approve'])
        expect(statusAt(path, env)).toBe(403)
  })

  it('refuses a target that is not in its normal form, whatever a server passes', () => {
    for (const url of ['/authz/generic/../../livez', '/authz/generic/%2e%2e/x', '/%61uthz/generic'])
      expect(statusAt('/authz/generic', { incoming: { url } })).toBe(403)
  })

  it('control: passes its address', () => {
    expect(statusAt('/authz/generic', { incoming: { url: '/authz/generic' } })).toBe(200)
  })
})

describe('over a socket, where a proxy names the request in headers', () => {
  type Pairs = readonly (readonly [string, string])[]
  const named = (pair: 'forwarded' | 'original', targets: readonly string[]): Pairs => [
    ['authorization', `Bearer ${fresh}`],
    [`x-${pair}-method`, 'POST'],
    ...targets.map((target) => [`X-${pair}-URI`, target] as const),
  ]
  /** The statuses at both ports, at the address of each pair of headers. */
  async function statusesOf(
    targets: readonly string[],
    more: Pairs = [],
  ): Promise<readonly number[]> {
    const statuses: number[] = []
    for (const { url } of [declared.main, declared.proxied])
      for (const [path, pair] of [
        ['generic', 'forwarded'],
        ['nginx', 'original'],
      ] as const) {
        const headers = [...named(pair, targets), ...more]
        const target = `/authz/${path}`
        statuses.push((await askRaw(url, { method: 'GET', target, headers })).status)
      }
    return statuses
  }
  const REFUSED = [403, 403, 403, 403]
  const ALLOWED = [200, 204, 200, 204]

  it.each<readonly string[]>([
    ['/open?', '/approve'],
    ['/open?x', '/approve?y'],
    ['/open', '/approve'],
    ['/open?', ''],
    ['', '/open'],
    ['/open?', '/open?'],
    ['/open?, /approve'],
    ['/open?,/approve'],
    ['/open?x=1,https://pay.example/approve'],
    ['/open?x /approve'],
    ['/open?x\t/approve'],
    ['/open? /approve'],
    ['/open #/approve'],
    ['/open#/approve'],
    ['/open?x#/approve'],
    ['//open'],
    ['/./open'],
    ['/open/'],
    ['/%6Fpen'],
    ['/open;x'],
    ['http://pay.example/open'],
  ])(
    'a target matches no route if it can name two, or is not in normal form: %j %j',
    async (...targets) => {
      expect(await statusesOf(targets)).toEqual(REFUSED)
    },
  )

  it('a method that was sent twice matches no route', async () => {
    const twice = [
      ['x-forwarded-method', 'POST'],
      ['x-original-method', 'GET'],
    ] as const
    expect(await statusesOf(['/open?'], twice)).toEqual(REFUSED)
  })

  it.each(['/open', '/open?', '/open?ids=1,2&to=%2Fapprove', '/open?from=/a/b', '/approve?a,b'])(
    'control: one target in normal form matches its route: %s',
    async (target) => {
      expect(await statusesOf([target])).toEqual(ALLOWED)
    },
  )
})

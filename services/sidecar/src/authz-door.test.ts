import {
  createApp,
  createBareApp,
  createLogger,
  serveHttp,
  type HttpServer,
} from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { edgesIn, edgeWorld, statusOfRaw, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { partitionOf } from '@freshet/domain'
import { ALICE } from '@freshet/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mainDoor, proxyDoor } from './authz-door.ts'
import { addAuthzRoutes } from './authz-routes.ts'

let world: EdgeWorld
let edges: EdgesIn
let main: HttpServer
let proxied: HttpServer
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
  const metrics = createMetrics({ version: '0', commit: '0' })
  const parts = { edge, metrics: edgeMetrics(metrics), audience: 'payments', routes: undefined }
  const shared = { logger: createLogger('sidecar', 'silent'), clock: world.clock }
  const health = { signal: new AbortController().signal, checks: {} }
  const app = createApp({ ...shared, ...health, metrics: metrics.exposition })
  app.get('/openapi.json', (c) => c.json({}))
  const proxyApp = createBareApp(shared)
  for (const each of [app, proxyApp]) addAuthzRoutes(each, parts)
  main = await serveHttp({ app: mainDoor(app) })
  proxied = await serveHttp({ app: proxyDoor(proxyApp) })
})

afterAll(async () => {
  await main.close()
  await proxied.close()
  await edges.closeAll()
})

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe('over a socket, as Envoy appends the client’s path to its prefix', () => {
  it.each([
    'GET /authz/generic/../../livez',
    'GET /authz/generic/reports/../../../livez',
    'GET /authz/generic/admin/%2e%2e/%2e%2e/%2e%2e/openapi.json',
    'GET /authz/generic/../../metrics',
    'GET /authz/generic/../../readyz',
    'GET /authz/generic/approve/%2e%2e/%2e%2e/%2e%2e/livez',
    'GET /authz/generic/admin/..%2F..%2F..%2Flivez',
    'GET /authz/generic/..;/..;/livez',
    'GET /authz/generic/\\..\\..\\livez',
    'GET /authz/./generic/../../livez',
    'GET http://sidecar/livez',
    'GET //livez',
  ] as const)('%s is refused without a token and with one, on both ports', async (line) => {
    for (const { url } of [main, proxied])
      for (const headers of [{}, bearer(stale), bearer(fresh)]) {
        const status = await statusOfRaw(url, line, headers)
        expect([400, 403]).toContain(status)
      }
  })

  it.each(['POST /authz/generic/admin/../../generic', 'POST /authz/generic/secret'])(
    'a client that appends an observation does not get in with a stale token: %s',
    async (line) => {
      for (const { url } of [main, proxied]) {
        const asked = `${line}?enforce=observe+until+2099-12-31` as `${string} ${string}`
        expect(await statusOfRaw(url, asked, bearer(stale))).toBeGreaterThanOrEqual(400)
      }
    },
  )

  it('control: what a client asks honestly is decided by its token', async () => {
    expect(await statusOfRaw(proxied.url, 'GET /authz/generic/reports/7', bearer(fresh))).toBe(200)
    expect(await statusOfRaw(proxied.url, 'GET /authz/generic/reports/7', bearer(stale))).toBe(401)
    expect(await statusOfRaw(proxied.url, 'GET /authz/generic/reports/7')).toBe(401)
  })

  it('the port for proxies shows nothing else', async () => {
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json', '/v1/check']) {
      expect(await statusOfRaw(proxied.url, `GET ${path}`)).toBe(403)
    }
    expect(await statusOfRaw(main.url, 'GET /livez')).toBe(200)
  })

  it('the main port decides at the two addresses alone', async () => {
    expect(await statusOfRaw(main.url, 'GET /authz/generic', bearer(fresh))).toBe(200)
    expect(await statusOfRaw(main.url, 'GET /authz/nginx', bearer(fresh))).toBe(204)
    expect(await statusOfRaw(main.url, 'GET /authz/generic/reports/7', bearer(fresh))).toBe(403)
  })
})

import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { partitionOf } from '@freshet/domain'
import type { Edge } from '@freshet/edge'
import { createApp, createLogger, serveHttp, type HttpServer } from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authzDoor } from '../../services/sidecar/src/authz-door.ts'
import { addAuthzRoutes } from '../../services/sidecar/src/authz-routes.ts'
import { hasNginx, startNginx, type Nginx } from './nginx.ts'

const isHere = hasNginx()

it.runIf(process.env['CI'] !== undefined)('nginx is installed where CI runs', () => {
  expect(isHere).toBe(true)
})

describe.runIf(isHere)('a service behind nginx and the sidecar', () => {
  let world: EdgeWorld
  let edges: EdgesIn
  let edge: Edge
  let sidecar: HttpServer
  let service: Server
  let nginx: Nginx
  const reached: string[] = []

  beforeAll(async () => {
    world = await edgeWorld()
    edges = edgesIn(world)
    edge = await edges.live()
    const metrics = createMetrics({ version: '0', commit: '0' })
    const app = createApp({
      logger: createLogger('sidecar', 'silent'),
      clock: world.clock,
      signal: new AbortController().signal,
      checks: {},
      metrics: metrics.exposition,
    })
    const parts = { edge, metrics: edgeMetrics(metrics), audience: 'payments', routes: routesOf }
    addAuthzRoutes(app, parts)
    sidecar = await serveHttp({ app: authzDoor(app) })
    service = createServer((request, answer) => {
      reached.push(`${request.method} ${request.url}`)
      if (request.url === '/teapot') answer.writeHead(403, { 'x-by': 'service' })
      answer.end('reached')
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const { port } = service.address() as AddressInfo
    nginx = await startNginx({ sidecar: sidecar.port, service: port })
    reached.length = 0
  })

  /** Everything is declared but what is below `/admin`. */
  const routesOf = (_audience: string, { target }: { readonly target: string }) =>
    target.startsWith('/admin') ? undefined : {}

  afterAll(async () => {
    await nginx[Symbol.asyncDispose]()
    service.close()
    service.closeAllConnections()
    await sidecar.close()
    await edges.closeAll()
  })

  beforeEach(() => {
    reached.length = 0
  })

  interface Asked {
    readonly method?: string
    readonly body?: string
    readonly headers?: Record<string, string>
  }

  const ask = (path: string, token?: string, init: Asked = {}): Promise<Response> =>
    fetch(`${nginx.url}${path}`, {
      ...init,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...init.headers,
      },
    })

  it('gets the request of a fresh token, whole', async () => {
    const init = { method: 'POST', body: 'x'.repeat(100_000) }
    const response = await ask('/approve?amount=7', world.token(), init)
    expect([response.status, await response.text()]).toEqual([200, 'reached'])
    expect(reached).toEqual(['POST /approve?amount=7'])
  })

  it('is not reached without a token: 401, one challenge, and a body', async () => {
    const response = await ask('/approve')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ code: 'token.missing', status: 401 })
    expect(reached).toEqual([])
  })

  it('is not reached by a token that lacks something: 403, with the challenge that nginx drops', async () => {
    const response = await ask('/approve', world.token({ claims: { groups: ['staff'] } }))
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="payments-approvers"',
    )
    expect(await response.json()).toMatchObject({ code: 'token.insufficient' })
    expect(reached).toEqual([])
  })

  it('is asked about as the client asked, whatever it says in the headers of nginx', async () => {
    const headers = { 'x-original-uri': '/approve', 'x-original-method': 'GET' }
    const response = await ask('/admin', world.token(), { headers })
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { code: 'request.forbidden' },
    ])
    expect(reached).toEqual([])
  })

  it('keeps refusals of its own', async () => {
    const response = await ask('/teapot', world.token())
    expect([response.status, await response.text()]).toEqual([403, 'reached'])
    expect(response.headers.get('x-by')).toBe('service')
  })

  it('does not show the internal location', async () => {
    expect((await ask('/_freshet', world.token())).status).toBe(404)
  })

  it('is not reached by a stale token, and the client learns claim and change', async () => {
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    const response = await ask('/approve', token)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="The access token is stale"',
    )
    expect(await response.json()).toMatchObject({
      code: 'token.stale',
      claims: ['groups'],
      change: 'hr-42',
    })
    expect(reached).toEqual([])
  })

  it('is not reached where nobody can vouch: 403, and when to come back', async () => {
    const token = world.token({ label: { e: 1n, s: 200n, c: 200n } })
    await world.clock.advance(6_000)
    const response = await ask('/approve', token)
    expect(response.status).toBe(403)
    expect(response.headers.get('retry-after')).toMatch(/^[1-5]$/)
    expect(await response.json()).toMatchObject({ code: 'token.unverified', status: 503 })
    expect(reached).toEqual([])
  })

  it('is not reached while the sidecar is away', async () => {
    await sidecar.close()
    expect((await ask('/approve', world.token())).status).toBe(500)
    expect(reached).toEqual([])
  })
})

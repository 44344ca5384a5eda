import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { partitionOf } from '@freshet/protocol'
import { ALICE, edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { createAdaptorServer } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { afterEach, describe, expect, it } from 'vitest'
import type { Edge } from '../../edge.ts'
import type { Decision } from '../decision.ts'
import { bearerToken } from './library-hooks.ts'

const APPROVE = { require: { groups: ['payments-approvers'] } }
const TRACE = 'a'.repeat(32)

/** An application with `/approve` and `/open`; it answers what the hook left, and counts itself. */
type MakeServer = (edge: Edge, reached: () => void) => Promise<Server> | Server

const onExpress: MakeServer = (edge, reached) => {
  const app = express()
  app.use('/approve', edge.express(APPROVE))
  app.use('/open', edge.express())
  app.use((request, response) => {
    reached()
    response.json({ decision: (request as { freshet?: Decision }).freshet?.decision })
  })
  const failed: express.ErrorRequestHandler = (_error, _request, response, _next) =>
    void response.status(500).json({ error: 'ours' })
  app.use(failed)
  return createServer(app)
}

const onFastify: MakeServer = async (edge, reached) => {
  const app = fastify()
  app.get('/approve', { onRequest: edge.fastify(APPROVE) }, (request) => answer(request))
  app.get('/open', { preHandler: edge.fastify() }, (request) => answer(request))
  const answer = async (request: object): Promise<object> => {
    reached()
    return { decision: (request as { freshet?: Decision }).freshet?.decision }
  }
  await app.ready()
  return app.server
}

const onHono: MakeServer = (edge, reached) => {
  const app = new Hono<{ Variables: { freshet: Decision } }>()
  app.onError((_, c) => c.json({ error: 'ours' }, 500))
  app.use('/approve', edge.hono(APPROVE))
  app.use('/open', edge.hono())
  app.get('*', (c) => {
    reached()
    return c.json({ decision: c.get('freshet').decision })
  })
  return createAdaptorServer({ fetch: app.fetch }) as Server
}

interface Running {
  readonly world: EdgeWorld
  readonly edges: EdgesIn
  readonly edge: Edge
  readonly server: Server
  reached: number
  readonly ask: (path: string, headers?: Record<string, string>) => Promise<Response>
}

const open: Running[] = []

async function running(make: MakeServer): Promise<Running> {
  const world = await edgeWorld()
  const edges = edgesIn(world)
  const edge = await edges.live()
  const server = await make(edge, () => (app.reached += 1))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ask: Running['ask'] = (path, headers = {}) => fetch(`${url}${path}`, { headers })
  const app: Running = { world, edges, edge, server, reached: 0, ask }
  open.push(app)
  return app
}

afterEach(async () => {
  for (const { server, edges } of open.splice(0)) {
    server.close()
    server.closeAllConnections()
    await edges.closeAll()
  }
})

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe.each([
  ['Express', onExpress],
  ['Fastify', onFastify],
  ['Hono', onHono],
])('the hook for %s', (_, make) => {
  it('lets a fresh token through and leaves the decision on the request', async () => {
    const { world, ask } = await running(make)
    expect(await (await ask('/approve', bearer(world.token()))).json()).toEqual({
      decision: 'allow',
    })
    expect((await ask('/open', { authorization: `bearer ${world.token()}` })).status).toBe(200)
  })

  it('answers 401 to a request without a token, without an error code (RFC 6750 §3.1)', async () => {
    const app = await running(make)
    for (const headers of [{}, { authorization: 'Basic YTpi' }, { authorization: 'Bearer a b' }]) {
      const response = await app.ask('/approve', headers)
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(await response.json()).toEqual({
        type: 'https://freshet.dev/problems/token.missing',
        title: 'No access token',
        status: 401,
        detail: 'The request has no access token in its Authorization header.',
        code: 'token.missing',
      })
    }
    expect(app.reached).toBe(0)
  })

  it('answers 401 to a stale token, naming claim, change and trace, but no reason', async () => {
    const app = await running(make)
    const { world } = app
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    const traceparent = `00-${TRACE}-${'b'.repeat(16)}-01`
    const response = await app.ask('/approve', { ...bearer(token), traceparent })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="invalid_token", error_description="The access token is stale"',
    )
    expect(await response.json()).toEqual({
      type: 'https://freshet.dev/problems/token.stale',
      title: 'Access token stale',
      status: 401,
      detail: 'A claim of the access token has changed. Get a new access token.',
      code: 'token.stale',
      claims: ['groups'],
      change: 'hr-42',
      traceId: TRACE,
    })
    expect(app.reached).toBe(0)
  })

  it('answers 403 to a token that lacks what the route requires', async () => {
    const app = await running(make)
    const response = await app.ask(
      '/approve',
      bearer(app.world.token({ claims: { groups: ['a'] } })),
    )
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_scope", scope="payments-approvers"',
    )
    expect(await response.json()).toMatchObject({ code: 'token.insufficient' })
    expect(app.reached).toBe(0)
  })

  it('answers 503 with a time to come back if no source confirms', async () => {
    const app = await running(make)
    const token = app.world.token()
    await app.world.clock.advance(6_000)
    const response = await app.ask('/approve', bearer(token))
    expect(response.status).toBe(503)
    expect(response.headers.get('www-authenticate')).toBeNull()
    expect(response.headers.get('retry-after')).toMatch(/^[1-5]$/)
    expect(await response.json()).toMatchObject({ code: 'token.unverified', claims: ['groups'] })
    expect(app.reached).toBe(0)
  })

  it('lets no request through when deciding itself fails', async () => {
    const app = await running(make)
    const map = new Map(app.world.map.claims)
    const groups = map.get('groups')
    if (groups === undefined) throw new Error('the world has no groups')
    map.set('groups', { ...groups, kind: 'descriptive' })
    const changed = { ...app.world.map, version: 2, claims: map }
    await app.world.announce(changed)
    await app.world.liveFor(1_000, { map: changed })
    expect((await app.ask('/approve', bearer(app.world.token()))).status).toBe(500)
    expect(app.reached).toBe(0)
  })
})

describe('bearerToken', () => {
  it('reads the scheme without regard to case and nothing else', () => {
    expect(bearerToken('bEaReR abc')).toBe('abc')
    expect(bearerToken('Bearer abc def')).toBeUndefined()
    expect(bearerToken('DPoP abc')).toBeUndefined()
    expect(bearerToken(undefined)).toBeUndefined()
  })
})

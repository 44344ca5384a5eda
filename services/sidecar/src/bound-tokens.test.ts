import { createApp, createLogger } from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { onMainPort, type App } from './authz-ports.ts'
import { addAuthzRoutes } from './authz-routes.ts'

let world: EdgeWorld
let edges: EdgesIn
let guarded: App

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  const metrics = createMetrics({ version: '0', commit: '0' })
  const app = createApp({
    logger: createLogger('sidecar', 'silent'),
    clock: world.clock,
    signal: new AbortController().signal,
    checks: {},
    metrics: metrics.exposition,
  })
  const edge = await edges.live()
  const parts = { edge, metrics: edgeMetrics(metrics), audience: 'payments', routes: undefined }
  addAuthzRoutes(app, parts)
  guarded = onMainPort(app)
})

afterEach(() => edges.closeAll())

const ask = async (path: string, headers: Record<string, string>): Promise<Response> =>
  guarded.fetch(new Request(`http://sidecar${path}`, { headers }), { incoming: { url: path } })
const codeOf = async (response: Response): Promise<unknown> =>
  response.headers.get('x-freshet-code') ?? ((await response.json()) as { code?: unknown }).code

describe.each(['/authz/generic', '/authz/nginx'])('a proxy that asks %s', (path) => {
  it('gets 401 for a token that is bound to a key by cnf', async () => {
    const token = world.token({ claims: { cnf: { 'x5t#S256': 'thumbprint' } } })
    const response = await ask(path, { authorization: `Bearer ${token}` })
    expect(response.status).toBe(401)
    expect(await codeOf(response)).toBe('token.unproven')
  })

  it('control: passes the same token without cnf', async () => {
    expect((await ask(path, { authorization: `Bearer ${world.token()}` })).ok).toBe(true)
  })
})

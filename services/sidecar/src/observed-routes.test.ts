import { mappedRoutes, partitionOf } from '@freshet/protocol'
import { createApp, createLogger } from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import {
  acmeRegistry,
  ALICE,
  edgesIn,
  edgeWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { addAuthzRoutes } from './authz-routes.ts'
import { declaredIn, type DeclaredRoutes } from './declared-routes.ts'

let world: EdgeWorld
let edges: EdgesIn
let ask: (target: string, token?: string) => Promise<readonly [number, string | null]>
let askPlain: typeof ask

const routes = new Map([
  [
    'GET /report',
    {
      require: new Map([['groups', ['payments-approvers']]]),
      risk: 'normal' as const,
      policies: [],
      observedUntilMs: Date.parse('2100-01-01T00:00:00Z'),
    },
  ],
])
const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes }
const declared = declaredIn(
  mappedRoutes(acmeRegistry({ audiences: new Map([['payments', payments]]) })),
)

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  const edge = await edges.live()
  const askerOf = (known: DeclaredRoutes | undefined): typeof ask => {
    const metrics = createMetrics({ version: '0', commit: '0' })
    const logger = createLogger('sidecar', 'silent')
    const { signal } = new AbortController()
    const app = createApp({
      logger,
      clock: world.clock,
      signal,
      checks: {},
      metrics: metrics.exposition,
    })
    const parts = { edge, metrics: edgeMetrics(metrics), audience: 'payments', routes: known }
    addAuthzRoutes(app, parts)
    return async (target, token) => {
      const request = { method: 'GET', target: '/report' }
      const response = await app.request(`/authz/${target}`, {
        headers: {
          'x-forwarded-method': request.method,
          'x-forwarded-uri': request.target,
          'x-original-method': request.method,
          'x-original-uri': request.target,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      })
      return [response.status, response.headers.get('x-freshet-observed')]
    }
  }
  ask = askerOf(declared)
  askPlain = askerOf(undefined)
})

afterEach(() => edges.closeAll())

async function staleToken(): Promise<string> {
  const token = world.token()
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
  await world.clock.advance(0)
  return token
}

const enforce = `enforce=${encodeURIComponent('observe until 2099-12-31')}`

it('lets through an observed request, with the unenforced answer in a header', async () => {
  expect(await ask('generic', world.token())).toEqual([200, 'allow'])
  const token = await staleToken()
  expect(await ask('generic', token)).toEqual([200, 'token.stale'])
  expect(await ask('nginx', token)).toEqual([204, 'token.stale'])
})

it('observes what the query adds to a declared route, too', async () => {
  expect(await ask('generic?require.groups=vip', world.token())).toEqual([
    200,
    'token.insufficient',
  ])
})

it('refuses a request without a token, as ever', async () => {
  expect(await ask('generic')).toEqual([401, null])
  expect(await ask('nginx', 'a.b.c')).toEqual([401, null])
})

it('enforces where the query makes it a high risk', async () => {
  expect(await ask('generic?risk=high', world.token())).toEqual([503, null])
})

it('is a matter of the registry where there is one, else of the query', async () => {
  const token = await staleToken()
  expect(await ask(`generic?${enforce}`, token)).toEqual([400, null])
  expect(await askPlain(`generic?${enforce}`, token)).toEqual([200, 'token.stale'])
  expect(await askPlain('generic', token)).toEqual([401, null])
})

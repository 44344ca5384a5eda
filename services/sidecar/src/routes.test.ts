import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import { createApp, createLogger } from '@freshet/runtime'
import {
  ALICE,
  answeringValidator,
  EDGE_AUDIENCE,
  edgesIn,
  edgeWorld,
  sayingOf,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import { partitionOf } from '@freshet/protocol'
import type { Edge, Validator } from '@freshet/edge'
import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addSidecarRoutes, showEdge } from './routes.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
let app: Hono

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  serve(await edges.live())
})

function serve(live: Edge): void {
  edge = live
  const metrics = createMetrics({ version: '0', commit: '0' })
  const counts = edgeMetrics(metrics)
  const exposition = metrics.exposition
  app = createApp({
    logger: createLogger('sidecar', 'silent'),
    clock: world.clock,
    signal: new AbortController().signal,
    checks: {},
    metrics: () => {
      showEdge(counts, edge)
      return exposition()
    },
  })
  addSidecarRoutes(app, { edge, metrics: counts })
}

afterEach(() => edges.closeAll())

async function check(question: unknown): Promise<{ status: number; body: unknown }> {
  const body = typeof question === 'string' ? question : JSON.stringify(question)
  const response = await app.request('/v1/check', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return { status: response.status, body: await response.json() }
}

const require = { groups: ['payments-approvers'] }
const UNTIL = 'observe until 2099-12-31'

describe('POST /v1/check', () => {
  it('allows a fresh token that carries what is required', async () => {
    const { status, body } = await check({ token: world.token(), require })
    expect(status).toBe(200)
    expect(body).toEqual({
      decision: 'allow',
      claims: { groups: { verdict: 'fresh' } },
      viewAgeMs: 0,
      status: 200,
    })
  })

  it('challenges a token that is bound to a key by cnf', async () => {
    const token = world.token({ claims: { cnf: { jkt: 'thumbprint' } } })
    const { status, body } = await check({ token, require })
    expect(status).toBe(200)
    expect(body).toMatchObject({ decision: 'challenge', status: 401, code: 'token.unproven' })
  })

  it('asks the authority about the route that is named, with the facts of the request', async () => {
    const validator = answeringValidator({ kind: 'fresh' })
    await edges.closeAll()
    serve(await edges.live({ validator }))
    const route = { route: 'POST /approve', facts: { amount: 5 } }
    const { body } = await check({ token: world.token(), require, ...route })
    expect(body).toMatchObject({ decision: 'allow', validated: true })
    expect(validator.questions).toMatchObject([{ ...route, risk: 'high' }])
  })

  it('answers that the policies of the route refuse the request', async () => {
    await edges.closeAll()
    const refused = { verdicts: new Map(), refused: 'policy.denied' } as const
    const validate: Validator['validate'] = async (question) => ({
      ...sayingOf(question, { kind: 'fresh' }),
      ...refused,
    })
    serve(await edges.live({ validator: { validate } }))
    const { body } = await check({ token: world.token(), require, route: 'POST /approve' })
    const denied = { decision: 'deny', status: 403, code: 'policy.denied' }
    expect(body).toMatchObject({ ...denied, claims: { groups: { verdict: 'fresh' } } })
    const text = await (await app.request('/metrics')).text()
    expect(text).toContain('freshet_decisions_total{result="deny",reason="denied"} 1')
  })

  it('reports that the authority judged a request, and counts it so (rule 40)', async () => {
    await edges.closeAll()
    serve(await edges.live({ validator: answeringValidator({ kind: 'fresh' }) }))
    const { body } = await check({ token: world.token(), require, risk: 'high' })
    expect(body).toMatchObject({ decision: 'allow', validated: true })
    const counted = await (await app.request('/metrics')).text()
    expect(counted).toContain('freshet_decisions_total{result="allow",reason="validated"} 1')
  })

  it('lets a stale one in on a route that is observed, and reports the unenforced answer', async () => {
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    const { body } = await check({ token, require, enforce: UNTIL })
    expect(body).toEqual({
      decision: 'allow',
      status: 200,
      observed: true,
      would: {
        decision: 'deny',
        status: 401,
        code: 'token.stale',
        detail: 'The access token is stale.',
      },
      claims: { groups: { verdict: 'stale', reason: 'claim-changed', change: 'hr-42' } },
      viewAgeMs: 0,
    })
    const counted = await (await app.request('/metrics')).text()
    expect(counted).toContain('freshet_decisions_total{result="allow",reason="observed"} 1')
    expect(counted).toContain('freshet_observed_total{would="deny",reason="stale"} 1')
  })

  it('denies a stale one, naming claim, reason and change', async () => {
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    const { status, body } = await check({ token, require })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      decision: 'deny',
      claims: { groups: { verdict: 'stale', reason: 'claim-changed', change: 'hr-42' } },
      wwwAuthenticate: expect.stringContaining('invalid_token') as unknown,
    })
  })

  it('denies an unverified one, naming the silent source and since when', async () => {
    const token = world.token()
    const since = new Date(world.clock.nowMs()).toISOString()
    await world.clock.advance(6_000)
    expect((await check({ token, require })).body).toMatchObject({
      decision: 'deny',
      claims: { groups: { verdict: 'unverified', source: 'hr', since } },
      viewAgeMs: 6_000,
      status: 503,
    })
  })

  it('judges all authoritative claims of the token where nothing is required', async () => {
    const claims = { department: 'sales', entitlements: ['pay'], unmapped: 'x' }
    const { body } = await check({ token: world.token({ claims }) })
    const fresh = { verdict: 'fresh' }
    expect(body).toMatchObject({
      decision: 'allow',
      claims: { groups: fresh, entitlements: fresh },
    })
  })

  it('judges the token itself where it carries none', async () => {
    const { body } = await check({ token: world.token({ claims: { groups: undefined } }) })
    expect(body).toMatchObject({ decision: 'allow', claims: {}, token: { verdict: 'fresh' } })
  })

  it('verifies against the audience of the question', async () => {
    const token = world.token({ claims: { aud: ['ledger'] } })
    expect((await check({ token })).body).toMatchObject({ decision: 'challenge', claims: {} })
    expect((await check({ token, audience: 'ledger' })).body).toMatchObject({ decision: 'allow' })
    const both = world.token({ claims: { aud: ['ledger', EDGE_AUDIENCE] } })
    expect((await check({ token: both })).body).toMatchObject({ decision: 'allow' })
  })

  it('denies high risk, since no authority stands behind it', async () => {
    expect((await check({ token: world.token(), require, risk: 'high' })).body).toMatchObject({
      decision: 'deny',
      status: 503,
      claims: { groups: { verdict: 'unverified', source: 'freshet' } },
      detail: expect.stringContaining('high-risk') as unknown,
    })
  })

  it.each([
    ['no JSON', 'token'],
    ['no token', {}],
    ['a member that it does not know', { token: 'x', requires: {} }],
    ['a name that would be a prototype', '{"token":"x","require":{"__proto__":["a"]}}'],
    ['another risk', { token: 'x', risk: 'low' }],
    ['a way to enforce that there is not', { token: 'x', enforce: 'observe until tomorrow' }],
    ['a high risk that is observed', { token: 'x', risk: 'high', enforce: UNTIL }],
    ['a descriptive claim required', { token: 'x', require: { department: ['sales'] } }],
  ])('refuses a question with %s', async (_, question) => {
    const { status, body } = await check(question)
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'request.malformed' })
  })
})

describe('a body of POST /v1/check', () => {
  const send = async (
    body: string | Uint8Array<ArrayBuffer>,
    contentType: string,
  ): Promise<[number, unknown]> => {
    const init = { method: 'POST', headers: { 'content-type': contentType }, body }
    const response = await app.request('/v1/check', init)
    return [response.status, ((await response.json()) as { code?: string }).code]
  }

  it('is JSON, by its type', async () => {
    const body = JSON.stringify({ token: world.token() })
    for (const type of ['application/json; charset=utf-8', 'application/vnd.x+json'])
      expect((await send(body, type))[0]).toBe(200)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])
      expect(await send(body, type)).toEqual([415, 'request.media-type'])
  })

  it.each([
    ['cut off', '{"token":"x"', 400],
    ['nested beyond what anybody needs', `{"token":${'['.repeat(5_000)}`, 400],
    ['with a member twice', '{"token":"x","token":"y"}', 400],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400],
    [
      'of more values than a question has',
      `{"token":"x","facts":{"a":[${'0,'.repeat(4_096)}0]}}`,
      400,
    ],
    ['of a megabyte', `{"token":"${'x'.repeat(1_048_576)}"}`, 413],
  ])('that is %s is refused', async (_, body, status) => {
    expect((await send(body, 'application/json'))[0]).toBe(status)
  })
})

describe('the sidecar', () => {
  it('describes its API and counts its decisions', async () => {
    await check({ token: world.token() })
    await check({ token: 'x' })
    expect(await (await app.request('/openapi.json')).json()).toHaveProperty('paths./authz/nginx')
    const metrics = await (await app.request('/metrics')).text()
    expect(metrics).toContain('freshet_decisions_total{result="allow",reason="fresh"} 1')
    expect(metrics).toContain('freshet_decisions_total{result="challenge",reason="invalid"} 1')
    expect(metrics).toContain('freshet_edge_view_age_seconds{edge="edge-1",state="live"} 0')
  })

  it('shows the sources that it cannot vouch for in its own metrics', async () => {
    const shown = async (): Promise<readonly string[]> => {
      const text = await (await app.request('/metrics')).text()
      return text.split('\n').filter((line) => /^freshet_edge_(unverified|out_of)/.test(line))
    }
    const hr = 'freshet_edge_unverified_sources{tenant="acme",source="hr"} 1'
    const none = ['freshet_edge_unverified_sources_more 0', 'freshet_edge_out_of_view 0']
    await world.liveFor(2_000)
    expect(await shown()).toEqual(none)
    await world.liveFor(7_000, { through: { hr: world.clock.nowMs() } })
    expect(await shown()).toEqual([hr, ...none])
    await world.liveFor(2_000)
    expect(await shown()).toEqual(none)
    await world.clock.advance(8_000)
    expect(await shown()).toEqual([none[0], 'freshet_edge_out_of_view 1'])
  })
})

import { mappedRoutes, partitionOf, type Route } from '@freshet/protocol'
import type { Edge } from '@freshet/edge'
import { createBareApp, createLogger } from '@freshet/runtime'
import { createMetrics, edgeMetrics } from '@freshet/telemetry'
import {
  acmeRegistry,
  ALICE,
  edgesIn,
  edgeWorld,
  type EdgesIn,
  type EdgeWorld,
} from '@freshet/testkit'
import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addAuthzRoutes } from './authz-routes.ts'
import { declaredIn } from './declared-routes.ts'

let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
/** Without a registry, and with one that declares two routes of `payments`. */
let plain: Hono
let declared: Hono

const require = (groups: readonly string[]): ReadonlyMap<string, readonly string[]> =>
  new Map([['groups', groups]])
const plainly = { risk: 'normal' as const, policies: [] }
const routes = new Map<string, Route>([
  ['POST /approve', { ...plainly, require: require(['payments-approvers']) }],
  ['GET /ledger', { ...plainly, require: require(['auditors']), risk: 'high' as const }],
])

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live()
  plain = answering(undefined)
  const payments = { name: 'payments', claims: ['groups'], ttlMs: 300_000, routes }
  declared = answering(
    declaredIn(mappedRoutes(acmeRegistry({ audiences: new Map([['payments', payments]]) }))),
  )
})

afterEach(() => edges.closeAll())

function answering(known: ReturnType<typeof declaredIn> | undefined): Hono {
  const metrics = createMetrics({ version: '0', commit: '0' })
  const app = createBareApp({ logger: createLogger('sidecar', 'silent'), clock: world.clock })
  addAuthzRoutes(app, { edge, metrics: edgeMetrics(metrics), audience: 'payments', routes: known })
  return app
}

type Headers_ = Record<string, string>
const ask = async (
  app: Hono,
  target: string,
  headers: Headers_ = {},
  method = 'GET',
): Promise<Response> => app.fetch(new Request(`http://sidecar${target}`, { method, headers }))
const bearer = (token = world.token()): Headers_ => ({ authorization: `Bearer ${token}` })
const forwardedBy = (method: string, uri: string): Headers_ => ({
  'x-forwarded-method': method,
  'x-forwarded-uri': uri,
})
const asNginx = (method: string, uri: string): Headers_ => ({
  'x-original-method': method,
  'x-original-uri': uri,
})
const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { code?: string }).code

const GENERIC = '/authz/generic?require.groups=payments-approvers'
const NGINX = '/authz/nginx?require.groups=payments-approvers'

const loseGroups = async (): Promise<void> => {
  await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
  await world.clock.advance(0)
}

describe('GET /authz/generic', () => {
  it('allows a fresh token that carries the required values, with no further header', async () => {
    const response = await ask(plain, GENERIC, bearer())
    expect([response.status, await response.text()]).toEqual([200, ''])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('answers a request without a token as RFC 6750 has it', async () => {
    const response = await ask(plain, GENERIC)
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(await codeOf(response)).toBe('token.missing')
  })

  it('answers 401 to a stale token with claim, change and trace, as the middlewares do', async () => {
    const token = world.token()
    await loseGroups()
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const response = await ask(plain, GENERIC, { ...bearer(token), traceparent })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect(await response.json()).toMatchObject({
      code: 'token.stale',
      claims: ['groups'],
      change: 'hr-42',
      traceId: 'a'.repeat(32),
    })
  })

  it('answers 403 if a value is missing, and 503 if no source confirms', async () => {
    const lacking = await ask(plain, '/authz/generic?require.groups=a&require.groups=b', bearer())
    expect(lacking.status).toBe(403)
    expect(lacking.headers.get('www-authenticate')).toContain('scope="a b"')
    const token = world.token()
    await world.clock.advance(6_000)
    const silent = await ask(plain, GENERIC, bearer(token))
    expect([silent.status, await codeOf(silent)]).toEqual([503, 'token.unverified'])
    expect(silent.headers.get('retry-after')).toMatch(/^[1-5]$/)
  })

  it('judges every authoritative claim where nothing is required', async () => {
    const token = world.token()
    expect((await ask(plain, '/authz/generic', bearer(token))).status).toBe(200)
    await loseGroups()
    expect((await ask(plain, '/authz/generic', bearer(token))).status).toBe(401)
  })

  it('refuses where a claim would have to be stripped: the service reads the token itself', async () => {
    const map = new Map(world.map.claims)
    const entitlements = map.get('entitlements')
    if (entitlements === undefined) throw new Error('the world has no entitlements')
    map.set('entitlements', { ...entitlements, onUnverified: 'strip' })
    const strips = { ...world.map, version: 2, claims: map }
    await world.announce(strips)
    await world.liveFor(1_000, { map: strips })
    await world.liveFor(32_000, { map: strips, through: { iga: null } })
    const token = world.token({ claims: { entitlements: ['pay'] } })
    expect((await edge.decide({ token })).stripped).toEqual(['entitlements'])
    expect((await ask(plain, '/authz/generic', bearer(token))).status).toBe(503)
  })

  it.each([
    '/authz/generic?requires.groups=a',
    '/authz/generic?require.=a',
    '/authz/generic?require=groups',
    '/authz/generic?risk=low',
    '/authz/generic?enforce=observe',
    '/authz/generic?enforce=always&enforce=always',
    '/authz/generic?risk=high&risk=normal',
    '/authz/generic?audience=',
    '/authz/generic?require.department=sales',
    `/authz/generic?${Array.from({ length: 65 }, (_, i) => `require.c${i}=x`).join('&')}`,
  ])('refuses a query that cannot be meant: %s', async (target) => {
    const response = await ask(plain, target, bearer())
    expect([response.status, await codeOf(response)]).toEqual([400, 'request.malformed'])
  })

  it('verifies against the audience of the query', async () => {
    const token = world.token({ claims: { aud: ['ledger'] } })
    expect((await ask(plain, '/authz/generic', bearer(token))).status).toBe(401)
    expect((await ask(plain, '/authz/generic?audience=ledger', bearer(token))).status).toBe(200)
  })
})

describe('routes of the registry', () => {
  it('have the requirements of a forwarded request; its query does not count', async () => {
    const approve = forwardedBy('POST', '/approve?amount=7')
    expect((await ask(declared, '/authz/generic', { ...bearer(), ...approve })).status).toBe(200)
    const lacking = bearer(world.token({ claims: { groups: ['staff'] } }))
    expect((await ask(declared, '/authz/generic', { ...lacking, ...approve })).status).toBe(403)
  })

  it('are added to by the query, never taken from', async () => {
    const approve = { ...bearer(), ...forwardedBy('POST', '/approve') }
    expect((await ask(declared, '/authz/generic?require.groups=staff', approve)).status).toBe(200)
    expect((await ask(declared, '/authz/generic?require.groups=vip', approve)).status).toBe(403)
    const ledger = {
      ...bearer(world.token({ claims: { groups: ['auditors'] } })),
      ...forwardedBy('GET', '/ledger'),
    }
    const high = await ask(declared, '/authz/generic?risk=normal', ledger)
    expect([high.status, await codeOf(high)]).toEqual([503, 'token.unverified'])
  })

  it.each([
    ['an undeclared path', 'POST', '/other'],
    ['another method', 'GET', '/approve'],
    ['a method in small letters', 'post', '/approve'],
    ['a header that was sent twice', 'POST, POST', '/approve'],
    ['a target that was sent twice', 'POST', '/approve, /approve'],
    ['a path with an empty segment', 'POST', '//approve'],
    ['an escaped letter', 'POST', '/%61pprove'],
    ['a path that leads back', 'POST', '/admin/../approve'],
    ['a path parameter', 'POST', '/approve;admin'],
    ['a closing slash', 'POST', '/approve/'],
    ['a fragment', 'POST', '/approve#x'],
    ['a whole URL', 'POST', 'http://payments/approve'],
  ])('refuse %s, whatever the token carries', async (_, method, uri) => {
    const response = await ask(declared, '/authz/generic', {
      ...bearer(),
      ...forwardedBy(method, uri),
    })
    expect([response.status, await codeOf(response)]).toEqual([403, 'request.forbidden'])
  })

  it('refuse a request that the proxy describes not at all, by half, or in another’s headers', async () => {
    const halves: Headers_[] = [
      {},
      { 'x-forwarded-method': 'POST' },
      { 'x-forwarded-uri': '/approve' },
      asNginx('POST', '/approve'),
    ]
    for (const half of halves)
      expect((await ask(declared, '/authz/generic', { ...bearer(), ...half })).status).toBe(403)
    const others = { ...bearer(), ...forwardedBy('POST', '/approve') }
    expect((await ask(declared, '/authz/nginx', others)).status).toBe(403)
  })

  it('are those of the audience that the query names', async () => {
    const approve = {
      ...bearer(world.token({ claims: { aud: ['ledger'] } })),
      ...forwardedBy('POST', '/approve'),
    }
    expect((await ask(declared, '/authz/generic?audience=ledger', approve)).status).toBe(403)
  })

  it('control: without a registry the same headers decide nothing', async () => {
    const response = await ask(plain, '/authz/generic', {
      ...bearer(),
      ...forwardedBy('POST', '/other'),
    })
    expect(response.status).toBe(200)
  })
})

describe('GET /authz/nginx', () => {
  it('allows with 204', async () => {
    expect((await ask(plain, NGINX, bearer())).status).toBe(204)
    const headers = { ...bearer(), ...asNginx('POST', '/approve') }
    expect((await ask(declared, '/authz/nginx', headers)).status).toBe(204)
  })

  it('knows 401 and 403 besides, and has the rest in headers', async () => {
    const token = world.token()
    const none = await ask(plain, NGINX)
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const lacking = await ask(plain, '/authz/nginx?require.groups=a', bearer(token))
    expect([lacking.status, lacking.headers.get('x-freshet-code')]).toEqual([
      403,
      'token.insufficient',
    ])
    expect(lacking.headers.get('www-authenticate')).toContain('insufficient_scope')
    const wrong = await ask(plain, '/authz/nginx?requires.groups=a', bearer(token))
    expect([wrong.status, wrong.headers.get('x-freshet-status')]).toEqual([403, '400'])
    await world.clock.advance(6_000)
    const silent = await ask(plain, NGINX, bearer(token))
    expect([silent.status, silent.headers.get('x-freshet-status')]).toEqual([403, '503'])
    expect(silent.headers.get('retry-after')).toMatch(/^[1-5]$/)
    const problem: unknown = JSON.parse(silent.headers.get('x-freshet-problem') ?? '')
    expect(problem).toMatchObject({ code: 'token.unverified', claims: ['groups'], status: 503 })
  })

  it('puts nothing into a header that could not stand there, or is too long for nginx', async () => {
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'é-\u{1f600}')])
    const token = world.token()
    await world.clock.advance(0)
    const odd = (await ask(plain, NGINX, bearer(token))).headers.get('x-freshet-problem') ?? ''
    expect(odd).toMatch(/^[\x20-\x7e]+$/)
    expect(JSON.parse(odd)).toMatchObject({ change: 'é-\u{1f600}' })
  })

  it('leaves a problem out that is too long for a header of nginx', async () => {
    const groups = world.map.claims.get('groups')
    if (groups === undefined) throw new Error('the world has no groups')
    const names = Array.from({ length: 60 }, (_, i) => `${'c'.repeat(40)}-${i}`)
    const many = { ...world.map, version: 2, claims: new Map(names.map((each) => [each, groups])) }
    await world.announce(many)
    await world.liveFor(1_000, { map: many })
    await world.clock.advance(6_000)
    const claims = Object.fromEntries(names.map((each) => [each, ['x']]))
    const response = await ask(plain, '/authz/nginx', bearer(world.token({ claims })))
    expect([response.status, response.headers.get('x-freshet-code')]).toEqual([
      403,
      'token.unverified',
    ])
    expect(response.headers.get('x-freshet-problem')).toBeNull()
  })
})

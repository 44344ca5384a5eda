import { ManualClock } from '@freshet/testkit'
import { adminTokenHash, Attempts, createLogger } from '@freshet/runtime'
import type { AuditEntry } from '@freshet/wire'
import type { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'
import { admission, adminOf } from './admission.ts'
import { hostGuard } from './host-guard.ts'
import { addLoginRoute, addSessionRoutes } from './session-routes.ts'
import { Sessions } from './sessions.ts'
import { conforming } from '../../../../test/setup/conforming-app.ts'
import { addOpenApi } from '../openapi.ts'
import { routesApp } from '../../../../test/setup/routes-app.ts'

const HOUR_MS = 3_600_000
const JSON_TYPE = { 'content-type': 'application/json' }
const admins = (['viewer', 'operator', 'admin'] as const).map((role) => {
  return { name: role, role, hash: adminTokenHash(role) }
})

let clock: ManualClock
let app: Hono
let audited: AuditEntry[]
let names: number

beforeEach(() => {
  app = consoleAt({})
})

function consoleAt(more: { readonly isSecure?: boolean; readonly publicUrl?: string }): Hono {
  clock = new ManualClock()
  audited = []
  names = 0
  const sessions = new Sessions({
    nowMs: () => clock.nowMs(),
    randomId: () => `id-${(names += 1)}`,
  })
  const logger = createLogger('console', 'silent')
  const made = routesApp({
    logger,
    clock,
  })
  conforming(made, addOpenApi)
  const audit = { append: async (entries: readonly AuditEntry[]) => void audited.push(...entries) }
  const attempts = new Attempts({ guessed: 'admin token', clock, logger, audit })
  const given = { admins, sessions, audit, clock, logger, attempts }
  const parts = { ...given, canOrder: () => true, ...more }
  made.use(hostGuard(more.publicUrl))
  addLoginRoute(made, parts)
  made.use('/v1/*', admission(parts))
  addSessionRoutes(made, parts)
  made.post('/v1/write', (c) => c.json({ by: adminOf(c).name }))
  return made
}

async function logIn(token: string, headers: Record<string, string> = {}): Promise<Response> {
  const body = JSON.stringify({ token })
  return app.request('/v1/session', { method: 'POST', body, headers: { ...JSON_TYPE, ...headers } })
}

interface Browser {
  readonly cookie: string
  readonly csrf: string
  readonly header: string
}

async function browser(token = 'operator'): Promise<Browser> {
  const response = await logIn(token)
  const header = response.headers.get('set-cookie') ?? ''
  const { csrf } = (await response.json()) as { csrf: string }
  return { cookie: header.split(';')[0] ?? '', csrf, header }
}

async function statusOf(path: string, init: RequestInit): Promise<number> {
  return (await app.request(path, init)).status
}

describe('logging in', () => {
  it('gives a cookie that scripts cannot read and other sites cannot send', async () => {
    const { header, cookie } = await browser()
    expect(header).toMatch(/^freshet-session=id-1id-2; Path=\/; HttpOnly; SameSite=Strict$/)
    const response = await app.request('/v1/session', { headers: { cookie } })
    expect(await response.json()).toMatchObject({ name: 'operator', role: 'operator' })
  })

  it('binds the cookie to the host where browsers come by https', async () => {
    app = consoleAt({ isSecure: true })
    expect((await browser()).header).toMatch(/^__Host-freshet-session=.*Secure/)
  })

  it('refuses a token that is nobody’s, and never repeats it', async () => {
    const response = await logIn('secret-of-nobody')
    expect(response.status).toBe(401)
    expect(await response.text()).not.toContain('secret-of-nobody')
    expect(response.headers.get('set-cookie')).toBeNull()
  })

  it('is slowed down for who tries tokens, in the login and as bearer tokens alike', async () => {
    const bearer = (token: string) =>
      statusOf('/v1/session', { headers: { authorization: `Bearer ${token}` } })
    for (let n = 0; n < 10; n += 1) {
      expect((await logIn(`guess-${n}`)).status).toBe(401)
      expect(await bearer(`guess-${n}`)).toBe(401)
    }
    const late = await logIn('operator')
    expect([late.status, late.headers.get('retry-after')]).toEqual([429, '5'])
    expect(await bearer('operator')).toBe(429)
    expect(audited.map(({ kind }) => kind)).toEqual(['admin-refused'])
    await clock.advance(5_000)
    expect((await logIn('operator')).status).toBe(200)
  })

  it('is for the console’s own page: another site logs no browser in', async () => {
    expect((await logIn('operator', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await logIn('operator', { 'sec-fetch-site': 'same-origin' })).status).toBe(200)
    expect((await logIn('operator', { 'content-type': 'text/plain' })).status).toBe(415)
  })

  it('is audited, and so is logging out', async () => {
    const { cookie, csrf } = await browser()
    const headers = { cookie, 'x-freshet-csrf': csrf }
    expect(await statusOf('/v1/session', { method: 'DELETE', headers })).toBe(204)
    expect(audited).toMatchObject([
      { kind: 'admin-logged-in', by: 'operator', detail: { role: 'operator' } },
      { kind: 'admin-logged-out', by: 'operator' },
    ])
    expect(await statusOf('/v1/session', { headers: { cookie } })).toBe(401)
  })
})

describe('a session', () => {
  it('ends an hour after its last request, and eight hours after its first', async () => {
    const { cookie } = await browser()
    for (let hours = 0; hours < 7.9; hours += 0.9) {
      expect(await statusOf('/v1/session', { headers: { cookie } })).toBe(200)
      await clock.advance(0.9 * HOUR_MS)
    }
    expect(await statusOf('/v1/session', { headers: { cookie } })).toBe(401)
    const idle = await browser()
    await clock.advance(HOUR_MS)
    expect(await statusOf('/v1/session', { headers: { cookie: idle.cookie } })).toBe(401)
  })

  it('writes only with its own token in a header', async () => {
    const { cookie, csrf } = await browser()
    const other = await browser('admin')
    const write = (headers: Record<string, string>) =>
      statusOf('/v1/write', { method: 'POST', headers })
    expect(await write({ cookie })).toBe(403)
    expect(await write({ cookie, 'x-freshet-csrf': other.csrf })).toBe(403)
    expect(await write({ cookie, 'x-freshet-csrf': csrf })).toBe(200)
  })

  it('counts for nothing beside a bearer token, good or not', async () => {
    const { cookie } = await browser('admin')
    const ask = async (token: string) => {
      const headers = { cookie, authorization: `Bearer ${token}` }
      const response = await app.request('/v1/session', { headers })
      return (await response.json()) as object
    }
    expect(await ask('viewer')).toMatchObject({ role: 'viewer', csrf: null })
    expect(await ask('nobody')).toMatchObject({ code: 'request.unauthenticated' })
  })

  it('is the oldest to end where there are a thousand', async () => {
    const first = await browser()
    for (let n = 0; n < 999; n += 1) await logIn('viewer')
    expect(await statusOf('/v1/session', { headers: { cookie: first.cookie } })).toBe(200)
    const last = await browser()
    expect(await statusOf('/v1/session', { headers: { cookie: first.cookie } })).toBe(401)
    expect(await statusOf('/v1/session', { headers: { cookie: last.cookie } })).toBe(200)
  })
})

it('a session goes on while tokens are slowed down', async () => {
  const { cookie } = await browser()
  for (let n = 0; n < 25; n += 1) await logIn(`guess-${n}`)
  expect((await logIn('operator')).status).toBe(429)
  expect(await statusOf('/v1/session', { headers: { cookie } })).toBe(200)
})

describe('the name under which browsers come', () => {
  it.each([
    ['http://localhost:7075', 200],
    ['http://127.0.0.1:7075', 200],
    ['http://[::1]:7075', 200],
    ['http://evil.example', 403],
    ['http://127.0.0.1.evil.example', 403],
  ])('%s: %i', async (origin, status) => {
    const { cookie } = await browser()
    expect(await statusOf(`${origin}/v1/session`, { headers: { cookie } })).toBe(status)
  })

  it('is the public one too, and any where a bearer token is sent', async () => {
    app = consoleAt({ publicUrl: 'https://console.acme.example' })
    const { cookie } = await browser()
    expect(await statusOf('https://console.acme.example/v1/session', { headers: { cookie } })).toBe(
      200,
    )
    const headers = { authorization: 'Bearer viewer' }
    expect(await statusOf('http://console.svc/v1/session', { headers })).toBe(200)
  })
})

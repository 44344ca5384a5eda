import {
  adminTokenHash,
  Attempts,
  createLogger,
  serveHttp,
  type HttpServer,
} from '@freshet/runtime'
import { ManualClock } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { routesApp } from '../../../../test/setup/routes-app.ts'
import { admission } from '../admission/admission.ts'
import { StreamHub } from './stream-hub.ts'
import { addStreamRoute } from './stream-route.ts'

const OF_ADMIN_MAX = 4

let server: HttpServer
let hub: StreamHub
let ended: AbortController
beforeEach(async () => {
  const clock = new ManualClock()
  const logger = createLogger('console', 'silent')
  const app = routesApp({ logger, clock })
  const admins = ['alice', 'bob'].map((name) => {
    return { name, role: 'viewer', hash: adminTokenHash(name) } as const
  })
  const audit = { append: async () => {} }
  const attempts = new Attempts({ guessed: 'admin token', clock, logger, audit })
  hub = new StreamHub('run')
  ended = new AbortController()
  app.use('/v1/*', admission({ admins, attempts }))
  addStreamRoute(app, { hub, admins, reads: { record: async () => {} } })
  server = await serveHttp({ app })
})
afterEach(async () => {
  ended.abort()
  await server.close()
})

const listen = (token: string, signal = ended.signal): Promise<Response> =>
  fetch(`${server.url}/v1/stream`, { headers: { authorization: `Bearer ${token}` }, signal })

describe('live streams over sockets', () => {
  it('of one admin are limited: one more gets 429, and other admins get theirs', async () => {
    for (let n = 0; n < OF_ADMIN_MAX; n += 1) expect((await listen('alice')).status).toBe(200)
    const refused = await listen('alice')
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'limit.reached' }])
    expect(refused.headers.get('retry-after')).not.toBeNull()
    expect((await listen('bob')).status).toBe(200)
  })

  it('leave their place to the next one as soon as they end', async () => {
    const first = new AbortController()
    await listen('alice', first.signal)
    for (let n = 1; n < OF_ADMIN_MAX; n += 1) await listen('alice')
    expect((await listen('alice')).status).toBe(429)
    first.abort()
    await expect.poll(async () => (await listen('alice')).status).toBe(200)
  })
})

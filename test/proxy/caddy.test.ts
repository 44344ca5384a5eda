import { partitionOf } from '@freshet/protocol'
import { ALICE } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startCaddy } from './caddy.ts'
import { askBy, proxiedWorld, type ProxiedWorld } from './proxied-world.ts'
import { isInstalled, type Proxy } from './proxy-process.ts'

const isHere = isInstalled('caddy', 'version')

it.runIf(process.env['CI'] !== undefined)('Caddy is installed where CI runs', () => {
  expect(isHere).toBe(true)
})

describe.runIf(isHere)('a service behind Caddy and the sidecar', () => {
  let behind: ProxiedWorld
  let caddy: Proxy
  let ask: ReturnType<typeof askBy>

  beforeAll(async () => {
    behind = await proxiedWorld()
    caddy = await startCaddy(behind.ports)
    ask = askBy(caddy.url)
  })

  afterAll(async () => {
    await caddy[Symbol.asyncDispose]()
    await behind[Symbol.asyncDispose]()
  })

  beforeEach(() => {
    behind.reached.length = 0
  })

  it('gets the request of a fresh token, whole', async () => {
    const request = { method: 'POST', body: 'x'.repeat(100_000) }
    const response = await ask('/approve?amount=7', behind.world.token(), request)
    expect([response.status, await response.text()]).toEqual([200, 'reached'])
    expect(behind.reached).toEqual(['POST /approve?amount=7, 100000 bytes'])
  })

  it('is not reached without a token, or by one that lacks something; the answer is ours whole', async () => {
    const none = await ask('/approve')
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await none.json()).toMatchObject({ code: 'token.missing', status: 401 })
    const lacking = await ask('/approve', behind.world.token({ claims: { groups: ['staff'] } }))
    expect(lacking.status).toBe(403)
    expect(lacking.headers.get('www-authenticate')).toContain('scope="payments-approvers"')
    expect(lacking.headers.get('content-type')).toBe('application/problem+json')
    expect(behind.reached).toEqual([])
  })

  it('is asked about with the client’s request, whatever the client sends in the headers of Caddy', async () => {
    const headers = { 'x-forwarded-uri': '/approve', 'x-forwarded-method': 'GET' }
    const response = await ask('/admin', behind.world.token(), { headers })
    expect([response.status, await response.json()]).toMatchObject([
      403,
      { code: 'request.forbidden' },
    ])
    expect(behind.reached).toEqual([])
  })

  it('is not reached by a stale token, nor if the verdict is unverified: 503, and a time to return', async () => {
    const { world, reached } = behind
    const token = world.token()
    await world.publish(partitionOf(ALICE), [world.groupsLost(101n, 'hr-42')])
    await world.clock.advance(0)
    const stale = await ask('/approve', token)
    expect([stale.status, await stale.json()]).toMatchObject([
      401,
      { code: 'token.stale', change: 'hr-42' },
    ])
    const fresh = world.token({ label: { e: 1n, s: 200n, c: 200n } })
    await world.clock.advance(6_000)
    const silent = await ask('/approve', fresh)
    expect(silent.status).toBe(503)
    expect(silent.headers.get('retry-after')).toMatch(/^[1-5]$/)
    expect(await silent.json()).toMatchObject({ code: 'token.unverified' })
    expect(reached).toEqual([])
  })

  it('is not reached while the sidecar is away', async () => {
    await behind.endSidecar()
    expect((await ask('/approve', behind.world.token())).status).toBe(502)
    expect(behind.reached).toEqual([])
  })
})

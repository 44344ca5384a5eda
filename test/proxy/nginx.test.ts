import { partitionOf } from '@freshet/protocol'
import { ALICE, type EdgeWorld } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startNginx } from './nginx.ts'
import { askBy, proxiedWorld, type ProxiedWorld } from './proxied-world.ts'
import { isInstalled, type Proxy } from './proxy-process.ts'

const isHere = isInstalled('nginx', '-v')

it.runIf(process.env['CI'] !== undefined)('nginx is installed where CI runs', () => {
  expect(isHere).toBe(true)
})

describe.runIf(isHere)('a service behind nginx and the sidecar', () => {
  let behind: ProxiedWorld
  let world: EdgeWorld
  let nginx: Proxy
  let ask: ReturnType<typeof askBy>
  let reached: string[]

  beforeAll(async () => {
    behind = await proxiedWorld()
    world = behind.world
    reached = behind.reached
    nginx = await startNginx(behind.ports)
    ask = askBy(nginx.url)
  })

  afterAll(async () => {
    await nginx[Symbol.asyncDispose]()
    await behind[Symbol.asyncDispose]()
  })

  beforeEach(() => {
    reached.length = 0
  })

  it('gets the request of a fresh token, whole', async () => {
    const init = { method: 'POST', body: 'x'.repeat(100_000) }
    const response = await ask('/approve?amount=7', world.token(), init)
    expect([response.status, await response.text()]).toEqual([200, 'reached'])
    expect(reached).toEqual(['POST /approve?amount=7, 100000 bytes'])
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

  it('is asked about with the client’s request, whatever the client sends in the headers of nginx', async () => {
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

  it('is not reached if the verdict is unverified: 403, and a time to return', async () => {
    const token = world.token({ label: { e: 1n, s: 200n, c: 200n } })
    await world.clock.advance(6_000)
    const response = await ask('/approve', token)
    expect(response.status).toBe(403)
    expect(response.headers.get('retry-after')).toMatch(/^[1-5]$/)
    expect(await response.json()).toMatchObject({ code: 'token.unverified', status: 503 })
    expect(reached).toEqual([])
  })

  it('is not reached while the sidecar is away', async () => {
    await behind.endSidecar()
    expect((await ask('/approve', world.token())).status).toBe(500)
    expect(reached).toEqual([])
  })
})

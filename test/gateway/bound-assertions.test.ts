import { contentDigest, formatChangeEvent as event } from '@freshet/wire'
import { HEARTBEAT_REQUESTS_PER_SECOND, SOURCE_LIMITS } from '@freshet/intake'
import { MemoryDatabase } from '@freshet/memory'
import { acmeRegistry, hrChange, igaChange } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { gatewayWorld, URL_OF_GATEWAY, type GatewayWorld } from './gateway-world.ts'

const refused = (detail: RegExp) => ({
  status: 401,
  body: { code: 'event.unauthentic', detail: expect.stringMatching(detail) as string },
})

/** The members that bind an assertion to a body. */
const boundTo = (body: unknown, path = '/v1/changes', method = 'POST'): object => ({
  htm: method,
  htu: `${URL_OF_GATEWAY}${path}`,
  content_digest: contentDigest(Buffer.from(JSON.stringify(body))),
})

/** A gateway that requires bound assertions of `hr`. */
async function strictGateway(): Promise<GatewayWorld> {
  const registry = acmeRegistry()
  const hr = registry.sources.get('hr')
  if (hr === undefined) throw new Error('no hr')
  const sources = new Map([...registry.sources, ['hr', { ...hr, assertions: 'bound' as const }]])
  return gatewayWorld({ registry: { ...registry, sources } })
}

describe('an assertion that names its request', () => {
  it('is taken with that request, and refused with another body, path or method', async () => {
    const gateway = await gatewayWorld()
    const [one, other] = [event(hrChange(1n)), event(hrChange(2n))]
    const token = (of: object): string => gateway.assertion('hr', of)
    expect(await gateway.post('hr', one, { token: token(boundTo(one)) })).toMatchObject({
      status: 202,
    })
    expect(await gateway.post('hr', other, { token: token(boundTo(one)) })).toMatchObject(
      refused(/content_digest differs/),
    )
    const elsewhere = token(boundTo(other, '/v1/heartbeats'))
    expect(await gateway.post('hr', other, { token: elsewhere })).toMatchObject(
      refused(/htu differs/),
    )
    const otherMethod = token(boundTo(other, '/v1/changes', 'GET'))
    expect(await gateway.post('hr', other, { token: otherMethod })).toMatchObject(
      refused(/htm differs/),
    )
    expect(gateway.produced()).toBe(1)
  })

  it('is required of a source if the registry requires it, and of no other one', async () => {
    const gateway = await strictGateway()
    const change = event(hrChange(1n))
    expect(await gateway.post('hr', change)).toMatchObject(refused(/needs htm/))
    const token = gateway.assertion('hr', boundTo(change))
    expect(await gateway.post('hr', change, { token })).toMatchObject({ status: 202 })
    expect(await gateway.post('iga', event(igaChange(1n)))).toMatchObject({ status: 202 })
  })

  it('covers no headers: a source that must bind sends no binary event', async () => {
    const gateway = await strictGateway()
    const { data, id, source, type } = event(hrChange(1n)) as Record<string, string>
    const ce = { 'ce-specversion': '1.0', 'ce-id': id ?? '', 'ce-source': source ?? '' }
    const sent = {
      type: 'application/json',
      headers: { ...ce, 'ce-type': type ?? '' },
      token: gateway.assertion('hr', boundTo(data)),
    }
    expect(await gateway.post('hr', data, sent)).toMatchObject({ status: 415 })
  })

  it('needs no digest for a question, and method and URL all the same', async () => {
    const gateway = await strictGateway()
    const ask = (token: string) =>
      gateway.app.request('/v1/sources/hr', { headers: { authorization: `Bearer ${token}` } })
    expect((await ask(gateway.assertion('hr'))).status).toBe(401)
    const url = `${URL_OF_GATEWAY}/v1/sources/hr`
    expect((await ask(gateway.assertion('hr', { htm: 'GET', htu: url }))).status).toBe(200)
  })
})

describe('an assertion that was used', () => {
  it('is refused at every gateway of the database, also with another body', async () => {
    const database = new MemoryDatabase()
    const [one, other] = [await gatewayWorld({ database }), await gatewayWorld({ database })]
    const token = one.assertion('hr')
    expect(await one.post('hr', event(hrChange(1n)), { token })).toMatchObject({ status: 202 })
    expect(await other.post('hr', event(hrChange(2n)), { token })).toMatchObject(refused(/used/))
    expect(other.produced()).toBe(0)
  })

  it('control: gateways that share no database take it twice', async () => {
    const [one, other] = [await gatewayWorld(), await gatewayWorld()]
    const token = one.assertion('hr')
    for (const gateway of [one, other])
      expect(await gateway.post('hr', event(hrChange(1n)), { token })).toMatchObject({
        status: 202,
      })
  })

  it('is refused for other audiences too', async () => {
    const gateway = await gatewayWorld()
    const token = gateway.assertion('hr', { aud: [URL_OF_GATEWAY, 'https://other.example'] })
    expect(await gateway.post('hr', event(hrChange(1n)), { token })).toMatchObject(
      refused(/other audiences/),
    )
  })
})

describe('the requests of a source', () => {
  const limits = { ...SOURCE_LIMITS, requestsPerSecond: 5 }
  const statusOf = async (gateway: GatewayWorld, source: string): Promise<number> =>
    (await gateway.post(source, [])).status

  it('are charged once its signature is verified: it fills its own share, others go on', async () => {
    const gateway = await gatewayWorld({ limits })
    const token = gateway.assertion('hr')
    expect(await gateway.post('hr', event(hrChange(1n)), { token })).toMatchObject({ status: 202 })
    // A replay costs no budget.
    for (let n = 0; n < 20; n += 1)
      expect((await gateway.post('hr', event(hrChange(1n)), { token })).status).toBe(401)
    const seen: number[] = []
    for (let n = 0; n < 12; n += 1) seen.push(await statusOf(gateway, 'hr'))
    expect(seen.filter((status) => status === 429)).toHaveLength(3)
    expect(await gateway.post('hr', event(hrChange(2n)))).toMatchObject({
      status: 429,
      body: { code: 'limit.reached', detail: expect.stringMatching(/hr .* 5 requests a second/) },
    })
    expect(await gateway.post('iga', event(igaChange(1n)))).toMatchObject({ status: 202 })
    const through = new Date(gateway.clock.nowMs()).toISOString()
    const heartbeat = { path: '/v1/heartbeats', type: 'application/json' }
    expect(await gateway.post('hr', { tenant: 'acme', through }, heartbeat)).toMatchObject({
      status: 202,
    })
  })

  it('with heartbeats have a budget over all tenants, charged before the body is read', async () => {
    const gateway = await gatewayWorld()
    const token = { path: '/v1/heartbeats', type: 'application/json' }
    const seen = new Map<number, number>()
    for (let n = 0; n < 2 * HEARTBEAT_REQUESTS_PER_SECOND + 3; n += 1) {
      const { status } = await gateway.post('hr', 'no json', token)
      seen.set(status, (seen.get(status) ?? 0) + 1)
    }
    expect(seen.get(429)).toBe(3)
    expect(await gateway.post('hr', event(hrChange(1n)))).toMatchObject({ status: 202 })
  })
})

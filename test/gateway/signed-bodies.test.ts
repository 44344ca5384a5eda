import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { formatChangeEvent as event, SET_TYP, SIGNED_EVENT_TYP } from '@freshet/wire'
import { serveHttp, type HttpServer } from '@freshet/runtime'
import { hrChange } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, URL_OF_GATEWAY, type GatewayWorld } from './gateway-world.ts'

/** As many large bodies of one address are verified at once, of those that prove no source. */
const BURST = 20
const DAY_S = 86_400

let gateway: GatewayWorld
let server: HttpServer
beforeEach(async () => {
  gateway = await gatewayWorld()
  server = await serveHttp({ app: gateway.app })
})
afterEach(() => server.close())

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function send(path: string, body: string, from = '127.0.0.1'): Promise<Answer> {
  const headers = { 'content-type': 'application/jose', 'content-length': body.length }
  const options = { method: 'POST', localAddress: from, headers }
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, options, async (answer) => {
      const text = (await buffer(answer)).toString()
      resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as Answer['body'] })
    })
    sent.once('error', reject).end(body)
  })
}

const signed = (more: object = {}, n = 1n): string =>
  gateway.jws('hr', { typ: SIGNED_EVENT_TYP }, { ...(event(hrChange(n)) as object), ...more })
const madeUp = (body: string): string => `${body.slice(0, body.lastIndexOf('.'))}.${'A'.repeat(86)}`
const LARGE = { filling: 'x'.repeat(100_000) }
const heartbeat = (): string => {
  const through = new Date(gateway.clock.nowMs()).toISOString()
  return gateway.jws('hr', { typ: SIGNED_EVENT_TYP }, { source: 'hr', tenant: 'acme', through })
}

async function attack(from?: string): Promise<readonly number[]> {
  const body = madeUp(signed(LARGE))
  const statuses: number[] = []
  for (let n = 0; n < BURST + 5; n += 1)
    statuses.push((await send('/v1/changes', body, from)).status)
  return statuses
}

describe.runIf(process.platform === 'linux')('large bodies with a made-up signature', () => {
  it('are answered 429 before they are verified, once their address sent too many', async () => {
    expect(await attack()).toEqual([
      ...Array<number>(BURST).fill(401),
      ...Array<number>(5).fill(429),
    ])
    expect(await send('/v1/heartbeats', madeUp(signed(LARGE)))).toMatchObject({
      status: 429,
      body: { code: 'limit.reached', retryAfter: 1 },
    })
    await gateway.clock.advance(1_000)
    expect((await send('/v1/changes', signed(LARGE))).status).toBe(202)
  })

  it('delay no heartbeat and no small change of the same address, and nothing of another one', async () => {
    await attack()
    expect((await send('/v1/heartbeats', heartbeat())).status).toBe(202)
    expect((await send('/v1/changes', signed())).status).toBe(202)
    expect((await send('/v1/changes', signed(LARGE, 2n), '127.0.0.2')).status).toBe(202)
    // Control: a large body of the flooded address waits, also with a valid signature.
    expect((await send('/v1/changes', signed(LARGE, 3n))).status).toBe(429)
  })

  it('delay no request with an assertion', async () => {
    await attack()
    expect(
      await gateway.post('hr', { ...(event(hrChange(1n)) as object), ...LARGE }),
    ).toMatchObject({
      status: 202,
    })
  })
})

describe('a signed body with an audience or a time', () => {
  const post = (payload: object, typ = SIGNED_EVENT_TYP, path = '/v1/changes') =>
    gateway.post('', gateway.jws('hr', { typ }, payload), {
      type: 'application/jose',
      token: 'none',
      path,
    })
  const change = event(hrChange(1n)) as object

  it.each([
    ['another gateway', 'https://staging.example'],
    ['other gateways', ['https://staging.example', 'https://test.example']],
    ['nothing', []],
    ['a number', 7],
    ['null', null],
  ])('is refused for %s', async (_, aud) => {
    const unauthentic = { status: 401, body: { code: 'event.unauthentic' } }
    expect(await post({ ...change, aud })).toMatchObject(unauthentic)
    const through = new Date(gateway.clock.nowMs()).toISOString()
    const signedHeartbeat = { source: 'hr', tenant: 'acme', through, aud }
    expect(await post(signedHeartbeat, SIGNED_EVENT_TYP, '/v1/heartbeats')).toMatchObject(
      unauthentic,
    )
    expect(gateway.produced()).toBe(0)
  })

  it.each([
    ['this gateway', URL_OF_GATEWAY],
    ['this gateway and others', ['https://staging.example', URL_OF_GATEWAY]],
    ['no gateway, because it has none', undefined],
  ])('control: is accepted for %s', async (_, aud) => {
    expect(await post({ ...change, aud })).toMatchObject({ status: 202 })
  })

  const nowS = (): number => Math.floor(gateway.clock.nowMs() / 1_000)
  const set = (iat: number): object => ({
    iss: 'hr',
    jti: 'hr-43',
    iat,
    sub_id: { format: 'iss_sub', iss: 'https://idp.acme.example', sub: 'alice' },
    events: {
      'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {
        event_timestamp: nowS(),
      },
    },
    freshet: { tenant: 'acme', sourceVersion: '43' },
  })

  it('is refused if it was issued more than a day ahead', async () => {
    expect(await post(set(nowS() + DAY_S + 1), SET_TYP)).toMatchObject({
      status: 422,
      body: { code: 'event.malformed', errors: [{ pointer: '/iat' }] },
    })
    // Control: the last second that is accepted.
    expect(await post(set(nowS() + DAY_S), SET_TYP)).toMatchObject({ status: 202 })
  })

  it('is accepted at any age, so a removal that was delayed for days has its effect', async () => {
    expect(await post(set(nowS() - 30 * DAY_S), SET_TYP)).toMatchObject({ status: 202 })
  })
})

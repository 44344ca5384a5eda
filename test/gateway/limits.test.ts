import { partitionOf } from '@freshet/protocol'
import { formatChangeEvent as event } from '@freshet/wire'
import { hrChange, igaChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayWorld } from './gateway-world.ts'

const ALICE = partitionOf(igaChange(1n).subject)
const LIMITS = {
  eventsPerSecond: 500,
  bytesPerSecond: 2_000_000,
  requestsPerSecond: 20,
  eventsInFlight: 900,
}

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld({ limits: LIMITS })
})
const post: GatewayWorld['post'] = (...args) => gateway.post(...args)

describe('the limits of a source', () => {
  const batch = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => event(igaChange(BigInt(from + n))))
  const statuses = (body: unknown) =>
    (body as { items: readonly { status: number }[] }).items.map(({ status }) => status)

  it('cut a batch: the first events are accepted, the others get a time to return', async () => {
    expect(await post('iga', batch(1, 500))).toMatchObject({ status: 202 })
    expect(await post('iga', batch(501, 400))).toMatchObject({ status: 202 })
    const cut = await post('iga', batch(901, 350))
    expect(cut).toMatchObject({
      status: 429,
      body: {
        code: 'limit.reached',
        detail: '250 of 350 events were not accepted; see items.',
        retryAfter: 1,
      },
    })
    expect(cut.headers.get('retry-after')).toBe('1')
    const expected = [...Array<number>(100).fill(202), ...Array<number>(250).fill(429)]
    expect(statuses(cut.body)).toEqual(expected)
    const items = (cut.body as { items: readonly object[] }).items
    expect(items[100]).toMatchObject({ id: 'iga-1001', code: 'limit.reached', retryAfter: 1 })
  })

  it('charge changes that it is not allowed to send like accepted ones', async () => {
    const wrong = Array.from({ length: 500 }, (_, n) => event(hrChange(BigInt(n + 1))))
    for (let sent = 0; sent < 2; sent += 1) {
      const { body } = await post('iga', wrong)
      expect(new Set(statuses(body))).toEqual(new Set([403]))
    }
    const { status, body } = await post('iga', [...wrong.slice(0, 2), event(igaChange(1n))])
    expect([status, statuses(body)]).toEqual([429, [429, 429, 429]])
    // Control: a second later there is budget again.
    await gateway.clock.advance(1_000)
    expect(await post('iga', event(igaChange(1n)))).toMatchObject({ status: 202 })
  })

  it('charge events that cannot be read like accepted ones', async () => {
    const unreadable = Array<number>(500).fill(0)
    for (let sent = 0; sent < 2; sent += 1)
      expect(await post('iga', unreadable)).toMatchObject({ status: 422 })
    const more = await post('iga', [0, event(igaChange(1n))])
    expect(more).toMatchObject({ status: 429, body: { code: 'limit.reached' } })
    expect(more.headers.get('retry-after')).toBe('1')
    // Control: a second later there is budget again, for both.
    await gateway.clock.advance(1_000)
    const { body } = await post('iga', [0, event(igaChange(1n))])
    expect(statuses(body)).toEqual([422, 202])
  })

  it('leave events beyond them unread, and name each that has an id', async () => {
    expect(await post('iga', batch(1, 500))).toMatchObject({ status: 202 })
    expect(await post('iga', batch(501, 498))).toMatchObject({ status: 202 })
    const { status, body } = await post('iga', [0, { id: 'a' }, { id: 'b' }, { id: 7 }, 0])
    expect([status, statuses(body)]).toEqual([429, [422, 422, 429, 429, 429]])
    const items = (body as { items: readonly object[] }).items
    expect(items[2]).toMatchObject({ id: 'b', code: 'limit.reached', retryAfter: 1 })
    expect(items[3]).not.toHaveProperty('id')
  })

  it('charge nothing for a batch that is too long, because none of its items is read', async () => {
    expect(await post('iga', Array<number>(501).fill(0))).toMatchObject({ status: 413 })
    // Control: the whole budget of events is left.
    expect(await post('iga', batch(1, 500))).toMatchObject({ status: 202 })
    expect(await post('iga', batch(501, 500))).toMatchObject({ status: 202 })
    expect(await post('iga', batch(1_001, 1))).toMatchObject({ status: 429 })
  })

  it('bound the bytes of its heartbeats, and of no other source', async () => {
    const sent = { path: '/v1/heartbeats', type: 'application/json' }
    const large = `${' '.repeat(262_000)}{}`
    for (let count = 0; count < 8; count += 1)
      expect(await post('iga', large, sent)).toMatchObject({ status: 422 })
    const refused = { status: 429, body: { code: 'limit.reached' } }
    expect(await post('iga', large, sent)).toMatchObject(refused)
    const through = new Date(gateway.clock.nowMs()).toISOString()
    expect(await post('hr', { tenant: 'acme', through }, sent)).toMatchObject({ status: 202 })
    // Control: a second later there is budget again.
    await gateway.clock.advance(1_000)
    expect(await post('iga', large, sent)).toMatchObject({ status: 422 })
  })

  it('lose and repeat nothing of a batch that is sent again at that time', async () => {
    await post('iga', batch(1, 500))
    await post('iga', batch(501, 450))
    expect(await post('iga', batch(951, 100))).toMatchObject({ status: 429 })
    await gateway.clock.advance(1_000)
    expect(await post('iga', batch(951, 100))).toMatchObject({ status: 202 })
    expect(gateway.writer.records(ALICE)).toHaveLength(1_050)
  })

  it('leave another source alone, and the heartbeats of the same one', async () => {
    await post('iga', batch(1, 500))
    await post('iga', batch(501, 500))
    expect(await post('iga', batch(1_001, 1))).toMatchObject({ status: 429 })
    const through = new Date(gateway.clock.nowMs()).toISOString()
    const heartbeat = { tenant: 'acme', through, sequence: '1000' }
    const sent = { path: '/v1/heartbeats', type: 'application/json' }
    expect(await post('iga', heartbeat, sent)).toMatchObject({ status: 202 })
    expect(await post('hr', event(hrChange(1n)))).toMatchObject({ status: 202 })
  })
})

describe('the limits of an admin', () => {
  const MEGABYTE = 'x'.repeat(1_048_576)
  const publish = (text: string, token = 'admin', how = 'content-length') =>
    gateway.app.request('/v1/registry', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, [how]: `${text.length}` },
      body: text,
    })

  it('bound the bytes of bodies, which are not read beyond them', async () => {
    for (let sent = 0; sent < 4; sent += 1) expect((await publish(MEGABYTE)).status).toBe(422)
    const refused = await publish(MEGABYTE)
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ code: 'limit.reached', retryAfter: 1 })
    // Controls: another admin has a limit of its own, and a second later there is room again.
    expect((await publish('x', 'viewer')).status).toBe(403)
    await gateway.clock.advance(1_000)
    expect((await publish(MEGABYTE)).status).toBe(422)
  })

  it('charge a body of unknown length as the longest one of its route', async () => {
    for (let sent = 0; sent < 4; sent += 1)
      expect((await publish('x', 'admin', 'transfer-encoding')).status).toBe(422)
    expect((await publish('x', 'admin', 'transfer-encoding')).status).toBe(429)
    // Control: one that names its length is charged by that.
    expect((await publish('x', 'operator')).status).toBe(403)
  })
})

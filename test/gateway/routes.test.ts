import { partitionOf, PARTITIONS } from '@freshet/protocol'
import { formatChangeEvent as event } from '@freshet/wire'
import { ACME_IDP, hrChange, igaChange } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, FRESH_TRACE, type GatewayWorld } from './gateway-world.ts'

const ALICE = partitionOf(igaChange(1n).subject)

let gateway: GatewayWorld
beforeEach(async () => {
  gateway = await gatewayWorld()
})
const post: GatewayWorld['post'] = (...args) => gateway.post(...args)

describe('POST /v1/changes', () => {
  it('answers a structured event 202 with its place', async () => {
    expect(await post('iga', event(igaChange(1n)))).toMatchObject({
      status: 202,
      body: { id: 'iga-1', partition: ALICE, offset: '0' },
    })
  })

  it('reads the binary mode, and carries the trace of the request into the record', async () => {
    const { data, id, source, type } = event(hrChange(1n)) as Record<string, string>
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    const ce = { 'ce-specversion': '1.0', 'ce-id': id ?? '', 'ce-source': source ?? '' }
    const headers = { ...ce, 'ce-type': type ?? '', traceparent }
    const answer = await post('hr', data, { type: 'application/json', headers })
    expect(answer).toMatchObject({ status: 202, body: { id: 'hr-1' } })
    expect(await gateway.read(ALICE)).toMatchObject([
      { kind: 'change', change: hrChange(1n), traceparent },
    ])
  })

  it('starts a trace where the request brings none', async () => {
    await post('hr', event(hrChange(1n)))
    expect(await gateway.read(ALICE)).toMatchObject([{ traceparent: FRESH_TRACE }])
  })

  it('takes a signed body in place of a bearer token', async () => {
    const signed = gateway.jws('hr', { typ: 'cloudevents+json' }, event(hrChange(1n)) as object)
    const answer = await post('', signed, { type: 'application/jose', token: 'none' })
    expect(answer).toMatchObject({ status: 202, body: { id: 'hr-1' } })
  })

  it.each(['application/cloudevents+json', 'application/cloudevents-batch+json'])(
    'takes a batch as %s, and one event in it',
    async (type) => {
      const batch = [event(igaChange(1n)), event(igaChange(2n))]
      expect(await post('iga', batch, { type })).toMatchObject({
        status: 202,
        body: {
          items: [
            { status: 202, id: 'iga-1' },
            { status: 202, id: 'iga-2' },
          ],
        },
      })
      expect(await post('iga', [event(igaChange(3n))], { type })).toMatchObject({
        status: 202,
        body: { items: [{ id: 'iga-3', offset: '2' }] },
      })
      expect(await post('iga', [], { type })).toMatchObject({ status: 202, body: { items: [] } })
    },
  )

  it('takes a Security Event Token, signed by its source', async () => {
    const set = {
      iss: 'hr',
      jti: 'set-1',
      iat: 1_795_514_400,
      txn: 'set-1',
      sub_id: { format: 'iss_sub', iss: ACME_IDP, sub: 'alice' },
      events: {
        'https://schemas.openid.net/secevent/risc/event-type/account-disabled': {
          event_timestamp: 1_795_514_400,
        },
      },
      freshet: { tenant: 'acme', sourceVersion: '1', occurredAt: '2026-11-24T10:00:00.000Z' },
    }
    const body = gateway.jws('hr', { typ: 'secevent+jwt' }, set)
    const sent = { type: 'application/secevent+jwt', token: 'none' }
    expect(await post('', body, sent)).toMatchObject({ status: 202, body: { id: 'set-1' } })
    expect(await gateway.read(0)).toMatchObject([{ change: { kind: 'account', op: 'disabled' } }])
  })

  it('answers each event of a batch, and the whole by the worst', async () => {
    const bad = { ...(event(igaChange(2n)) as object), data: { tenant: 'acme' } }
    const batch = [event(igaChange(1n)), bad, event(igaChange(2n))]
    const answer = await post('iga', batch)
    expect(answer).toMatchObject({
      status: 422,
      body: {
        items: [
          { status: 202, id: 'iga-1' },
          { status: 422, code: 'event.malformed' },
          { status: 202, id: 'iga-2', offset: '1' },
        ],
      },
    })
    expect(await post('iga', [batch[0], batch[2]])).toMatchObject({
      status: 202,
      body: { items: [{ offset: '0' }, { offset: '1' }] },
    })
    expect(gateway.writer.records(ALICE)).toHaveLength(2)
  })

  it('answers 503 while the broker is away, and 202 to the same again (rule 34)', async () => {
    gateway.writer.plan('lost')
    const first = await post('iga', event(igaChange(1n)))
    expect(first).toMatchObject({ status: 503, body: { code: 'broker.unavailable' } })
    expect(first.headers.get('retry-after')).toBe('1')
    expect(await post('iga', event(igaChange(1n)))).toMatchObject({ status: 202 })
  })

  it.each<[number, string, string, () => Promise<unknown>]>([
    [
      415,
      'another kind of body',
      'request.media-type',
      () => post('hr', '<a/>', { type: 'text/xml' }),
    ],
    [
      415,
      'JSON that is not binary mode',
      'request.media-type',
      () => post('hr', {}, { type: 'application/json' }),
    ],
    [422, 'an event without data', 'event.malformed', () => post('hr', { id: 'x' })],
  ])('answers %i to %s', async (status, _, code, send) => {
    expect(await send()).toMatchObject({ status, body: { status, code } })
    expect(PARTITIONS.flatMap((partition) => gateway.writer.records(partition))).toEqual([])
  })

  it('names the rule and the place of what is wrong', async () => {
    const dense = { ...hrChange(1n), source: 'iga', claim: 'entitlements' }
    const { status, body } = await post('iga', event(dense))
    expect(status).toBe(422)
    expect(body).toMatchObject({
      code: 'event.malformed',
      errors: [{ pointer: '/data/sequence', rule: expect.stringContaining('dense') }],
    })
  })
})

describe('POST /v1/heartbeats', () => {
  const through = new Date(1_795_514_400_000).toISOString()
  const sent = { path: '/v1/heartbeats', type: 'application/json' }

  it('goes to every partition after what it covers (rules 12 and 37)', async () => {
    await post('iga', event(igaChange(1n)))
    const body = { tenant: 'acme', through, sequence: '1' }
    expect(await post('iga', body, sent)).toMatchObject({
      status: 202,
      body: { source: 'iga', through },
    })
    for (const partition of PARTITIONS) {
      expect((await gateway.read(partition)).at(-1)).toMatchObject({ kind: 'heartbeat' })
    }
  })

  it('is 409 while something is not acknowledged, and beyond the known sequence', async () => {
    gateway.writer.away(true)
    await post('hr', event(hrChange(1n)))
    expect(await post('hr', { tenant: 'acme', through }, sent)).toMatchObject({
      status: 409,
      body: { code: 'event.unacknowledged' },
    })
    expect(await post('iga', { tenant: 'acme', through, sequence: '1' }, sent)).toMatchObject({
      status: 409,
      body: { code: 'event.sequence' },
    })
  })
})

describe('/openapi.json', () => {
  it('has every route of the gateway', async () => {
    const document = await (await gateway.app.request('/openapi.json')).json()
    const { paths } = document as { paths: object }
    const routes = gateway.app.routes.map(({ path }) => path.replace(/:(\w+)/, '{$1}'))
    const own = new Set(routes.filter((path) => /^\/v1\/[^*]/.test(path)))
    const named = Object.keys(paths).filter((path) => path.startsWith('/v1/'))
    expect(named.toSorted()).toEqual([...own].toSorted())
  })
})

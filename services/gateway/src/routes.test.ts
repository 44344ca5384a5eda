import {
  formatChangeEvent,
  generateKey,
  importSigningKey,
  importJwks,
  readIncoming,
  type SigningKey,
  type VerifyKey,
} from '@freshet/events'
import { createIntake, ReplayCache } from '@freshet/intake'
import { MemoryDatabase, memoryStampStore } from '@freshet/memory'
import { createApp, createLogger } from '@freshet/runtime'
import {
  acmeRegistry,
  hrChange,
  igaChange,
  ManualClock,
  plannedWriter,
  TEST_MAC_KEY,
  type PlannedWriter,
} from '@freshet/testkit'
import { partitionOf, PARTITIONS, type Change } from '@freshet/domain'
import { sign } from 'node:crypto'
import type { Hono } from 'hono'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addOpenApi } from './openapi.ts'
import { addGatewayRoutes } from './routes.ts'

const URL_OF_GATEWAY = 'http://gateway.test'
const STRUCTURED = 'application/cloudevents+json'
const FRESH_TRACE = `00-${'f'.repeat(32)}-${'e'.repeat(16)}-01`
const ALICE = partitionOf(igaChange(1n).subject)

const keys = new Map<
  string,
  { readonly signing: SigningKey; readonly verify: readonly VerifyKey[] }
>()
let clock: ManualClock
let writer: PlannedWriter
let app: Hono
let ids = 0

beforeAll(async () => {
  for (const source of ['hr', 'iga', 'security']) {
    const { privateJwk, publicJwk } = await generateKey('ES256', `${source}-1`)
    const signing = importSigningKey(privateJwk)
    keys.set(source, { signing, verify: importJwks({ keys: [publicJwk] }) })
  }
})

const authenticity = {
  macKeys: [TEST_MAC_KEY],
  sourceKeys: (source: string) => keys.get(source)?.verify ?? [],
}

beforeEach(() => {
  clock = new ManualClock()
  writer = plannedWriter(() => clock.nowMs())
  const logger = createLogger('test', 'silent')
  const store = memoryStampStore(new MemoryDatabase(), clock)
  const registry = acmeRegistry()
  const macKey = TEST_MAC_KEY
  const limits = { eventsPerSecond: 500, bytesPerSecond: 2_000_000, eventsInFlight: 900 }
  const intake = createIntake({ registry, store, writer, macKey, limits, timer: clock })
  app = createApp({
    logger,
    clock,
    checks: {},
    signal: new AbortController().signal,
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
  })
  const door = { authenticity, url: URL_OF_GATEWAY, clock, replays: new ReplayCache() }
  addGatewayRoutes(app, { intake, keys: door, logger, newTraceparent: () => FRESH_TRACE })
  addOpenApi(app)
})

function jws(source: string, header: object, payload: object): string {
  const { signing } = keys.get(source) ?? {}
  if (signing === undefined) throw new Error(`no key of ${source}`)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${part({ alg: 'ES256', kid: signing.kid, ...header })}.${part(payload)}`
  const options = { key: signing.key, dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
}

function assertion(source: string, more: object = {}): string {
  const exp = Math.floor(clock.nowMs() / 1000) + 30
  ids += 1
  const claims = { iss: source, sub: source, aud: URL_OF_GATEWAY, exp, jti: `jti-${ids}` }
  return jws(source, {}, { ...claims, ...more })
}

interface Sent {
  readonly path?: string
  readonly type?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

async function post(source: string, body: unknown, sent: Sent = {}) {
  const response = await app.request(sent.path ?? '/v1/changes', {
    method: 'POST',
    headers: {
      'content-type': sent.type ?? STRUCTURED,
      authorization: `Bearer ${sent.token ?? assertion(source)}`,
      ...sent.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

const event = (change: Change): unknown => formatChangeEvent(change)
const read = (partition: number) =>
  Promise.all(writer.records(partition).map((record) => readIncoming(record, authenticity)))

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
    expect(await read(ALICE)).toMatchObject([{ kind: 'change', change: hrChange(1n), traceparent }])
  })

  it('starts a trace where the request brings none', async () => {
    await post('hr', event(hrChange(1n)))
    expect(await read(ALICE)).toMatchObject([{ traceparent: FRESH_TRACE }])
  })

  it('takes a signed body in place of a bearer token', async () => {
    const signed = jws('hr', { typ: 'cloudevents+json' }, event(hrChange(1n)) as object)
    const answer = await post('', signed, { type: 'application/jose', token: 'none' })
    expect(answer).toMatchObject({ status: 202, body: { id: 'hr-1' } })
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
    expect(writer.records(ALICE)).toHaveLength(2)
  })

  it('answers 503 while the broker is away, and 202 to the same again (rule 34)', async () => {
    writer.plan('lost')
    const first = await post('iga', event(igaChange(1n)))
    expect(first).toMatchObject({ status: 503, body: { code: 'broker.unavailable' } })
    expect(first.headers.get('retry-after')).toBe('1')
    expect(await post('iga', event(igaChange(1n)))).toMatchObject({ status: 202 })
  })

  it.each<[number, string, string, () => Promise<unknown>]>([
    [400, 'not JSON', 'event.malformed', () => post('hr', '{')],
    [
      401,
      'an unsigned request',
      'request.unauthenticated',
      () => post('hr', {}, { headers: { authorization: '' } }),
    ],
    [
      401,
      'an assertion for another door',
      'event.unauthentic',
      () => post('hr', event(hrChange(1n)), { token: assertion('hr', { aud: 'http://other' }) }),
    ],
    [403, 'an event of another source', 'event.forbidden', () => post('iga', event(hrChange(1n)))],
    [
      403,
      "another source's claim",
      'event.forbidden',
      () => post('iga', event(igaChange(1n, { claim: 'groups' }))),
    ],
    [409, 'a sequence out of turn', 'event.sequence', () => post('iga', event(igaChange(7n)))],
    [413, 'a body that is too large', 'request.too-large', () => post('hr', 'x'.repeat(300_000))],
    [413, 'a batch that is too long', 'request.too-large', () => post('hr', Array(501).fill(1))],
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
    [
      422,
      'a claim that nobody registered',
      'event.unmapped',
      () => post('hr', event(hrChange(1n, { claim: 'shoe' }))),
    ],
    [422, 'an event without data', 'event.malformed', () => post('hr', { id: 'x' })],
    [
      422,
      'an event from the future',
      'event.malformed',
      () => post('hr', event(hrChange(1n, { occurredAtMs: clock.nowMs() + 86_400_001 }))),
    ],
    [
      422,
      'a dense event without sequence',
      'event.malformed',
      () => post('iga', event({ ...hrChange(1n), source: 'iga', claim: 'entitlements' })),
    ],
  ])('answers %i to %s', async (status, _, code, send) => {
    expect(await send()).toMatchObject({ status, body: { status, code } })
    expect(PARTITIONS.flatMap((partition) => writer.records(partition))).toEqual([])
  })

  it('answers 409 to other content under an id', async () => {
    await post('hr', event(hrChange(1n)))
    const answer = await post('hr', event(hrChange(1n, { op: 'add' })))
    expect(answer).toMatchObject({ status: 409, body: { code: 'event.conflict' } })
  })

  it('names the rule and the place of what is wrong', async () => {
    const { body } = await post(
      'iga',
      event({ ...hrChange(1n), source: 'iga', claim: 'entitlements' }),
    )
    expect(body).toMatchObject({
      errors: [{ pointer: '/data/sequence', rule: expect.stringContaining('dense') }],
    })
  })

  it('uses an assertion once', async () => {
    const token = assertion('hr')
    expect(await post('hr', event(hrChange(1n)), { token })).toMatchObject({ status: 202 })
    const again = await post('hr', event(hrChange(1n)), { token })
    expect(again).toMatchObject({ status: 401, body: { code: 'event.unauthentic' } })
    expect(again.headers.get('www-authenticate')).toBe('Bearer')
  })
})

describe('the limits of a source', () => {
  const batch = (from: number, count: number) =>
    Array.from({ length: count }, (_, n) => event(igaChange(BigInt(from + n))))
  const statuses = (body: unknown) =>
    (body as { items: readonly { status: number }[] }).items.map(({ status }) => status)

  it('cut a batch: the first events are accepted, the others told when to come again', async () => {
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

  it('lose and repeat nothing of a batch that is sent again as told', async () => {
    await post('iga', batch(1, 500))
    await post('iga', batch(501, 450))
    expect(await post('iga', batch(951, 100))).toMatchObject({ status: 429 })
    await clock.advance(1_000)
    expect(await post('iga', batch(951, 100))).toMatchObject({ status: 202 })
    expect(writer.records(ALICE)).toHaveLength(1_050)
  })

  it('leave another source alone, and the heartbeats of the same one', async () => {
    await post('iga', batch(1, 500))
    await post('iga', batch(501, 500))
    expect(await post('iga', batch(1_001, 1))).toMatchObject({ status: 429 })
    const through = new Date(clock.nowMs()).toISOString()
    const heartbeat = { tenant: 'acme', through, sequence: '1000' }
    const sent = { path: '/v1/heartbeats', type: 'application/json' }
    expect(await post('iga', heartbeat, sent)).toMatchObject({ status: 202 })
    expect(await post('hr', event(hrChange(1n)))).toMatchObject({ status: 202 })
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
      expect((await read(partition)).at(-1)).toMatchObject({ kind: 'heartbeat' })
    }
  })

  it('is 409 while something is not acknowledged, and beyond the known sequence', async () => {
    writer.away(true)
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

describe('GET /v1/sources/{source}', () => {
  const get = async (source: string, by: string, query = '') => {
    const headers = { authorization: `Bearer ${assertion(by)}` }
    const response = await app.request(`/v1/sources/${source}${query}`, { headers })
    return { status: response.status, body: await response.json() }
  }

  it('tells a source its next sequence, and nobody else', async () => {
    await post('iga', event(igaChange(1n)))
    expect(await get('iga', 'iga', '?tenant=acme')).toMatchObject({
      status: 200,
      body: {
        source: 'iga',
        tenant: 'acme',
        next: '2',
        unacknowledged: 0,
        lastAccepted: { id: 'iga-1' },
      },
    })
    expect(await get('iga', 'iga')).toMatchObject({ body: { feeds: [{ next: '2' }] } })
    expect(await get('iga', 'hr')).toMatchObject({ status: 403 })
  })
})

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { generateKeyPairSync, sign } from 'node:crypto'
import { partitionOf } from '@freshet/protocol'
import { formatChangeEvent } from '@freshet/wire'
import { serveHttp } from '@freshet/runtime'
import { hrChange, igaChange } from '@freshet/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gatewayWorld, type GatewayWorld, type Sent } from './gateway-world.ts'

/**
 * The errors of sources, in the terms of the list that this suite keeps. Each answer names the fault, the
 * rule and the place. No part of the request is accepted, and no data of other sources are lost.
 */
describe('bad input of a source', () => {
  let gateway: GatewayWorld
  let before: readonly unknown[]
  beforeEach(async () => {
    gateway = await gatewayWorld()
    await gateway.post('hr', event('hr-before'))
    before = gateway.database.stamps.values()
  })
  /** Nothing was accepted, and the gateway still answers. */
  afterEach(async () => {
    expect(gateway.database.stamps.values()).toEqual(before)
    expect(gateway.produced()).toBe(before.length)
    expect(await gateway.post('hr', event('hr-after'))).toMatchObject({ status: 202 })
  })

  const event = (id: string, data: object = {}, more: object = {}): object => {
    const good = formatChangeEvent(hrChange(1n, { id })) as { data: object }
    return { ...good, ...more, data: { ...good.data, ...data } }
  }
  const text = (id = 'hr-1'): string => JSON.stringify(event(id))
  const refused = async (
    source: string,
    body: unknown,
    answer: { status: number; code: string; detail?: RegExp; pointer?: string },
    sent: Sent = {},
  ): Promise<void> => {
    const { status, headers, body: problem } = await gateway.post(source, body, sent)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect({ status, code: problem['code'] }).toEqual({ status: answer.status, code: answer.code })
    if (status === 401) expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(problem['detail']).not.toBe('')
    if (answer.detail) expect(problem['detail']).toMatch(answer.detail)
    if (answer.pointer === undefined) return
    const errors = problem['errors'] as readonly { pointer: string }[]
    expect(errors.map(({ pointer }) => pointer)).toContain(answer.pointer)
  }

  it.each([
    ['malformed JSON, cut short', () => text().slice(0, -1)],
    ['malformed JSON, empty', () => ''],
    ['malformed JSON, with something behind it', () => `${text()}]`],
    ['malformed JSON, with a comment', () => `/* */${text()}`],
    ['malformed JSON, of a number that is none', () => text().replace('"1"', '01')],
  ])('%s', async (_, body) => {
    await refused('hr', body(), { status: 400, code: 'event.malformed' })
  })

  it.each([
    ['duplicate keys of the event', () => text().replace('{', '{"id":"hr-9",'), '/id'],
    [
      'duplicate keys of its data',
      () => text().replace('"claim"', '"claim":"groups","claim"'),
      '/data/claim',
    ],
    [
      'duplicate keys written another way',
      () => text().replace('"claim"', '"cl\\u0061im":1,"claim"'),
      '/data/claim',
    ],
  ])('%s', async (_, body, pointer) => {
    await refused('hr', body(), { status: 400, code: 'event.malformed', pointer })
  })

  it.each([33, 100_000])('deep nesting of %i levels', async (depth) => {
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
    const body = text().replace('["staff"]', deep)
    await refused('hr', body, { status: 400, code: 'event.malformed', detail: /nest|deep|bytes/ })
  })

  it.each<[string, object, string]>([
    ['wrong types: subject', { subject: 'alice' }, '/data/subject'],
    [
      'wrong types: subject of another format',
      { subject: { format: 'email', email: 'a@b' } },
      '/data/subject/format',
    ],
    ['wrong types: claim', { claim: 7 }, '/data/claim'],
    ['wrong types: value', { value: { group: 'staff' } }, '/data/value'],
    ['wrong types: sourceVersion', { sourceVersion: 1 }, '/data/sourceVersion'],
    ['wrong types: occurredAt', { occurredAt: 'yesterday' }, '/data/occurredAt'],
    ['wrong types: op', { op: 'grant' }, '/data/op'],
    ['wrong types: tenant', { tenant: null }, '/data/tenant'],
  ])('%s', async (_, data, pointer) => {
    await refused('hr', event('hr-1', data), { status: 422, code: 'event.malformed', pointer })
  })

  it('an unknown claim', async () => {
    const body = event('hr-1', { claim: 'shoe' })
    await refused('hr', body, { status: 422, code: 'event.unmapped', detail: /claim shoe/ })
  })

  it('an unknown source', async () => {
    const claims = { iss: 'mallory', sub: 'mallory' }
    const token = gateway.assertion('hr', claims)
    await refused('hr', event('hr-1'), { status: 401, code: 'event.unauthentic' }, { token })
  })

  it('a source writing another’s claim', async () => {
    const body = event('hr-1', { claim: 'entitlements' })
    const detail = /entitlements belongs to source iga, not to hr/
    await refused('hr', body, { status: 403, code: 'event.forbidden', detail })
  })

  it('a source that signs for another', async () => {
    await refused('iga', event('hr-1'), {
      status: 403,
      code: 'event.forbidden',
      detail: /signed by iga/,
    })
  })

  it('a missing signature', async () => {
    const sent = { headers: { authorization: '' } }
    await refused('hr', event('hr-1'), { status: 401, code: 'request.unauthenticated' }, sent)
  })

  it.each([
    ['by a key that nobody registered', () => foreignKey(gateway.assertion('hr'))],
    ['by another source’s key', () => gateway.assertion('iga', { iss: 'hr', sub: 'hr' })],
    ['with a bit flipped', () => flipped(gateway.assertion('hr'))],
    ['none at all', () => gateway.assertion('hr').replace(/\.[^.]*$/, '.')],
    ['alg none', () => unsecured(gateway.assertion('hr'))],
  ])('a bad signature: %s', async (_, token) => {
    await refused(
      'hr',
      event('hr-1'),
      { status: 401, code: 'event.unauthentic' },
      { token: token() },
    )
  })

  it('a bad signature of a body', async () => {
    const body = flipped(gateway.jws('hr', {}, event('hr-1')))
    const sent = { type: 'application/jose', token: 'none' }
    await refused('', body, { status: 401, code: 'event.unauthentic' }, sent)
  })

  it.each<[string, (nowS: number) => object]>([
    ['an expired assertion', (nowS) => ({ exp: nowS - 60 })],
    ['an assertion that lives for longer than a minute', (nowS) => ({ exp: nowS + 3_600 })],
    ['an assertion for another gateway', () => ({ aud: 'http://elsewhere' })],
    ['an assertion without an id', () => ({ jti: undefined })],
  ])('%s', async (_, claims) => {
    const token = gateway.assertion('hr', claims(Math.floor(gateway.clock.nowMs() / 1_000)))
    await refused('hr', event('hr-1'), { status: 401, code: 'event.unauthentic' }, { token })
  })

  it('a replayed assertion', async () => {
    const token = gateway.assertion('hr')
    await gateway.post('hr', event('hr-before'), { token })
    await refused(
      'hr',
      event('hr-1'),
      { status: 401, code: 'event.unauthentic', detail: /used before/ },
      { token },
    )
  })

  it('a duplicate id with the same body is answered with its first place', async () => {
    const again = await gateway.post('hr', event('hr-before'))
    expect(again).toMatchObject({ status: 202, body: { id: 'hr-before', offset: '0' } })
  })

  it('a duplicate id with another body', async () => {
    const body = event('hr-before', { op: 'add' })
    await refused('hr', body, {
      status: 409,
      code: 'event.conflict',
      detail: /hr-before .*other content/,
    })
  })

  it('a hole in sequence', async () => {
    const body = formatChangeEvent(igaChange(3n))
    await refused('iga', body, {
      status: 409,
      code: 'event.sequence',
      detail: /sequence 3; the expected one is 1/,
    })
  })

  it('an event dated a day ahead', async () => {
    const occurredAt = new Date(gateway.clock.nowMs() + 86_400_001).toISOString()
    const pointer = '/data/occurredAt'
    await refused('hr', event('hr-1', { occurredAt }), {
      status: 422,
      code: 'event.malformed',
      pointer,
    })
  })

  it.each<[string, () => unknown, string?]>([
    ['invalid UTF-8', () => Buffer.concat([Buffer.from(text()), Buffer.from([0xff])])],
    ['UTF-8 of more bytes than needed', () => latin1(text().replace('staff', '\u00c0\u00af'))],
    ['a lone surrogate', () => text().replace('staff', '\\ud800')],
    ['a NUL in a text', () => text().replace('staff', 'a\\u0000b'), '/data/value/0'],
    [
      'a byte order mark',
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text())]),
    ],
  ])('%s', async (_, body, pointer) => {
    const answer = { status: 400, code: 'event.malformed' }
    await refused('hr', body(), { ...answer, ...(pointer !== undefined && { pointer }) })
  })

  it.each([
    [
      'a name like __proto__, of a member',
      () => text().replace('"claim"', '"__proto__":{"admin":true},"claim"'),
      400,
    ],
    ['a name like __proto__, of a claim', () => text().replace('"groups"', '"__proto__"'), 422],
    ['a name like __proto__, of a tenant', () => text().replace('"acme"', '"__proto__"'), 422],
  ])('%s', async (_, body, status) => {
    await refused('hr', body(), { status, code: 'event.malformed' })
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })

  it.each(['constructor', 'toString', 'hasOwnProperty'])('a claim called %s', async (claim) => {
    await refused('hr', event('hr-1', { claim }), { status: 422, code: 'event.unmapped' })
  })

  it('a control character in a name', async () => {
    const body = event('hr-1', {}, { id: 'hr-1\n{"level":60}' })
    await refused('hr', body, { status: 422, code: 'event.malformed', pointer: '/id' })
  })

  it('whatever is wrong with it: no value of it stands in the answer', async () => {
    const body = event('hr-1', {
      value: ['s3cret-value'],
      claim: 'shoe',
      occurredAt: 's3cret-value',
    })
    const { body: problem } = await gateway.post('hr', body)
    expect(JSON.stringify(problem)).not.toContain('s3cret-value')
  })

  describe('an oversized request', () => {
    let url: string
    let close: () => Promise<void>
    beforeEach(async () => {
      const server = await serveHttp({ app: gateway.app })
      url = server.url
      close = () => server.close()
    })
    afterEach(() => close())

    async function send(headers: Readonly<Record<string, string>>, chunks: readonly string[]) {
      const authorization = `Bearer ${gateway.assertion('hr')}`
      const type = { 'content-type': 'application/cloudevents+json' }
      const options = { method: 'POST', headers: { authorization, ...type, ...headers } }
      const sent = httpRequest(`${url}/v1/changes`, options)
      // The gateway can close the connection before it has read everything.
      sent.on('error', () => {})
      for (const chunk of chunks) sent.write(chunk)
      sent.end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: response.statusCode, body: await json(response) }
    }
    const tooLarge = { status: 413, body: { code: 'request.too-large' } }

    it('an oversized body with its length', async () => {
      const body = 'x'.repeat(300_000)
      const headers = { 'content-length': String(body.length) }
      expect(await send(headers, [body])).toMatchObject(tooLarge)
    })

    it('an oversized body in chunks without a length', async () => {
      const chunks = Array.from({ length: 300 }, () => 'x'.repeat(1_000))
      const headers = { 'transfer-encoding': 'chunked' }
      expect(await send(headers, chunks)).toMatchObject(tooLarge)
      expect(await send(headers, [text('hr-before')])).toMatchObject({ status: 202 })
    })

    it('headers', async () => {
      expect(await send({ 'x-padding': 'x'.repeat(17_000) }, [text()])).toMatchObject(tooLarge)
    })

    it('a batch of 501', async () => {
      const body = JSON.stringify(Array.from({ length: 501 }, () => 1))
      expect(await send({}, [body])).toMatchObject(tooLarge)
    })
  })
})

it('an event dated a day ahead at most is taken: clocks order nothing, and a loss must not wait', async () => {
  const gateway = await gatewayWorld()
  const occurredAtMs = gateway.clock.nowMs() + 86_400_000
  for (const change of [hrChange(1n, { occurredAtMs }), hrChange(2n)])
    expect(await gateway.post('hr', formatChangeEvent(change))).toMatchObject({ status: 202 })
})

describe('two senders with one source’s key', () => {
  const places = (records: readonly unknown[]) => records.length

  it('the answer to the second of two events of a dense source with one number names the first', async () => {
    const gateway = await gatewayWorld()
    const [one, other] = ['sender-1', 'sender-2'].map((id) =>
      formatChangeEvent(igaChange(1n, { id })),
    )
    const answers = await Promise.all([gateway.post('iga', one), gateway.post('iga', other)])
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 409]))
    const loser = answers.find(({ status }) => status === 409)
    expect(loser?.body).toMatchObject({
      code: 'event.conflict',
      detail: expect.stringMatching(
        /Sequence 1 was given to event sender-\d before, not to sender-\d/,
      ),
    })
    expect(places(gateway.writer.records(partitionOf(igaChange(1n).subject)))).toBe(1)
  })

  it('the gateway numbers both events of a monotonic source, and each event once', async () => {
    const gateway = await gatewayWorld()
    const events = ['sender-1', 'sender-2'].map((id) => formatChangeEvent(hrChange(1n, { id })))
    const [one, other] = events
    const sends = [one, other, other, one].map((each) => gateway.post('hr', each))
    for (const { status } of await Promise.all(sends)) expect(status).toBe(202)
    const numbers = gateway.database.stamps.values().map(({ number }) => number)
    expect(new Set(numbers)).toEqual(new Set([1n, 2n]))
    expect(numbers).toHaveLength(2)
  })
})

function flipped(jws: string): string {
  const [head = '', payload = '', signature = ''] = jws.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[10] = (bytes[10] ?? 0) ^ 1
  return [head, payload, bytes.toString('base64url')].join('.')
}

function foreignKey(jws: string): string {
  const input = jws.split('.').slice(0, 2).join('.')
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
  return `${input}.${sign('sha256', Buffer.from(input), options).toString('base64url')}`
}

function unsecured(jws: string): string {
  const [, payload = ''] = jws.split('.')
  return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
}

function latin1(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}

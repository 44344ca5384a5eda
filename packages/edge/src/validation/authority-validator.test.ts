import {
  encodeEvaluationAnswer,
  evaluationSchema,
  generateKey,
  type EvaluationAnswer,
  type WireEvaluation,
} from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { importJWK, jwtVerify } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Fetch, FetchedResponse } from '@freshet/wire'
import type { ValidationAnswer, ValidationQuestion } from '../route/validator.ts'
import { authorityValidator } from './authority-validator.ts'

const ISSUER = 'https://tokens.example/acme'
const METADATA = 'https://tokens.example/.well-known/authzen-configuration/acme'
const ENDPOINT = 'https://tokens.example/acme/access/v1/evaluation'
const MINUTE_MS = 60_000

const question: ValidationQuestion = {
  token: 'a.b.c',
  subject: 'alice',
  audience: 'payments',
  claims: ['groups'],
  positions: [{ partition: 3, e: 1n, offset: 43_118n }],
}
const judged = { tenant: 'acme', jti: 'j1' }
const allowed: EvaluationAnswer = {
  decision: true,
  judged,
  verdicts: new Map([['groups', { kind: 'fresh' }]]),
}

let clock: ManualClock
let metadata: unknown
let answer: unknown
let status: number
let fetched: string[]
let sent: { readonly authorization: string | undefined; readonly body: WireEvaluation }[]
let cancelled: number

beforeEach(() => {
  clock = new ManualClock()
  metadata = { policy_decision_point: ISSUER, access_evaluation_endpoint: ENDPOINT }
  answer = encodeEvaluationAnswer(allowed)
  status = 200
  fetched = []
  sent = []
  cancelled = 0
})

const fetch: Fetch = async (url, { redirect, headers, method, body }) => {
  expect(redirect).toBe('error')
  fetched.push(url)
  if (method === undefined) return responding(metadata)
  const parsed = evaluationSchema.parse(JSON.parse(body ?? ''))
  sent.push({ authorization: headers['authorization'], body: parsed })
  return responding(answer)
}

function responding(json: unknown): FetchedResponse {
  const text = typeof json === 'string' ? json : JSON.stringify(json)
  return { status: json === metadata ? 200 : status, body: chunks(text) }
}

/** A body that notes when its reader lets go of it early. */
function chunks(text: string): AsyncIterable<Uint8Array> {
  const rest = [Buffer.from(text)]
  const next = (): Promise<IteratorResult<Uint8Array>> => {
    const value = rest.shift()
    return Promise.resolve(value === undefined ? { done: true, value } : { done: false, value })
  }
  const end = (): Promise<IteratorResult<Uint8Array>> => {
    cancelled += 1
    return Promise.resolve({ done: true, value: undefined })
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: end }) }
}

const client = { id: 'payments api', secret: 'se:cret' }
const validator = (issuer = ISSUER) => authorityValidator({ issuer, client, fetch, timer: clock })
const ask = (of = validator()): Promise<ValidationAnswer> =>
  of.validate(question, new AbortController().signal)

describe('a question to the authority', () => {
  it('goes where its metadata points, in the shape of AuthZEN, with the edge’s positions', async () => {
    expect(await ask()).toEqual({ ...judged, isKnown: true, verdicts: allowed.verdicts })
    expect(fetched).toEqual([METADATA, ENDPOINT])
    expect(sent[0]?.body).toEqual({
      subject: { type: 'user', id: 'alice' },
      action: { name: 'use-claims' },
      resource: { type: 'audience', id: 'payments' },
      context: {
        token: 'a.b.c',
        claims: ['groups'],
        positions: [{ partition: 3, e: '1', offset: '43118' }],
      },
    })
  })

  it('proves who asks, with both halves form-encoded (RFC 6749 §2.3.1)', async () => {
    await ask()
    const [, encoded = ''] = sent[0]?.authorization?.split(' ') ?? []
    expect(Buffer.from(encoded, 'base64').toString()).toBe('payments%20api:se%3Acret')
  })

  it('proves a client with a key by an assertion of its own for each question (RFC 7523)', async () => {
    const { privateJwk, publicJwk } = await generateKey('ES256', 'edge-key')
    const terms = { issuer: ISSUER, fetch, timer: clock }
    const of = authorityValidator({ ...terms, client: { id: 'payments-edge', key: privateJwk } })
    await ask(of)
    await ask(of)
    const ids = await Promise.all(
      sent.map(async ({ authorization = '' }) => {
        const [scheme, assertion = ''] = authorization.split(' ')
        const expected = { audience: ISSUER, issuer: 'payments-edge', subject: 'payments-edge' }
        const currentDate = new Date(clock.nowMs())
        const key = await importJWK(publicJwk)
        const checks = { ...expected, currentDate, typ: 'client-authentication+jwt' }
        const { payload } = await jwtVerify(assertion, key, checks)
        expect([scheme, Number(payload.exp) - Number(payload.iat)]).toEqual(['Bearer', 30])
        return payload.jti
      }),
    )
    expect(new Set(ids).size).toBe(2)
  })

  it('is asked as the client of the tenant of the token, and as the other client for every other tenant', async () => {
    const clients = {
      acme: { id: 'acme-api', secret: 'a' },
      globex: { id: 'globex-api', secret: 'g' },
    }
    const terms = { issuer: ISSUER, fetch, timer: clock }
    const credentialsFor = async (options: object, tenant: string): Promise<string> => {
      const of = authorityValidator({ ...terms, ...options })
      await of.validate({ ...question, tenant }, new AbortController().signal)
      const [, encoded = ''] = sent.at(-1)?.authorization?.split(' ') ?? []
      return Buffer.from(encoded, 'base64').toString()
    }
    expect(await credentialsFor({ clients }, 'acme')).toBe('acme-api:a')
    expect(await credentialsFor({ clients }, 'globex')).toBe('globex-api:g')
    expect(await credentialsFor({ clients, client: { id: 'other', secret: 'o' } }, 'initech')).toBe(
      'other:o',
    )
    const unasked = sent.length
    await expect(credentialsFor({ clients }, 'initech')).rejects.toThrow(
      /no client of the tenant initech/,
    )
    expect(sent).toHaveLength(unasked)
  })

  it('is asked each time; only where to ask is remembered, for ten minutes', async () => {
    const of = validator()
    await Promise.all([ask(of), ask(of)])
    await ask(of)
    expect([fetched.filter((url) => url === METADATA).length, sent.length]).toEqual([1, 3])
    await clock.advance(10 * MINUTE_MS + 1)
    await ask(of)
    expect(fetched.filter((url) => url === METADATA)).toHaveLength(2)
  })

  it('is answered that the authority does not know the token', async () => {
    answer = encodeEvaluationAnswer({
      decision: false,
      judged,
      code: 'token.invalid',
      verdicts: new Map(),
    })
    expect(await ask()).toEqual({ ...judged, isKnown: false, verdicts: new Map() })
  })

  it('is answered that the route refuses the request, and by what name', async () => {
    const why = { code: 'policy.denied' as const, policies: ['on hold'] }
    answer = encodeEvaluationAnswer({ ...allowed, decision: false, ...why })
    expect(await ask()).toEqual({
      ...judged,
      isKnown: true,
      verdicts: new Map(),
      refused: why.code,
    })
  })

  it('takes a refusal of a kind that it does not know for no answer to the claims', async () => {
    answer = {
      ...encodeEvaluationAnswer(allowed),
      decision: false,
      context: { ...judged, code: 'policy.mood' },
    }
    expect(await ask()).toEqual({ ...judged, isKnown: true, verdicts: new Map() })
  })

  it('takes nothing for fresh beside a negative decision', async () => {
    answer = { ...encodeEvaluationAnswer(allowed), decision: false }
    expect((await ask()).verdicts).toEqual(new Map())
  })
})

describe('there is no answer', () => {
  const unavailable = { code: 'authority.unavailable' }

  it.each([
    ['no JSON', '<html>'],
    ['no answer', { allow: true }],
    ['an answer that names no token', { decision: true }],
    ['too much', { decision: true, context: { jti: 'x'.repeat(70_000) } }],
  ])('in %s', async (_, json) => {
    answer = json
    await expect(ask()).rejects.toMatchObject(unavailable)
  })

  it.each([401, 403, 500, 503])(
    'in a %i, whose body is not left to keep the connection',
    async (code) => {
      status = code
      const message = `The authority gave no usable answer: answered ${code}`
      await expect(ask()).rejects.toMatchObject({ ...unavailable, message })
      expect(cancelled).toBe(1)
    },
  )

  it.each([
    ['of another issuer', { policy_decision_point: 'https://other.example' }],
    ['that lead elsewhere', { access_evaluation_endpoint: 'https://other.example/decide' }],
    ['without a place', { access_evaluation_endpoint: undefined }],
  ])('by metadata %s, and no token goes out', async (_, wrong) => {
    metadata = { ...(metadata as object), ...wrong }
    await expect(ask()).rejects.toMatchObject(unavailable)
    expect(sent).toEqual([])
  })

  it('while the metadata cannot be read; then they are read again', async () => {
    const of = validator()
    const good = metadata
    metadata = '<html>'
    await expect(ask(of)).rejects.toMatchObject(unavailable)
    metadata = good
    expect(await ask(of)).toMatchObject({ isKnown: true })
  })

  it('after the deadline: the request ends with it', async () => {
    const late = AbortSignal.abort()
    const hanging: Fetch = (_, { method, signal }) =>
      method === undefined ? Promise.resolve(responding(metadata)) : aborted(signal)
    const of = authorityValidator({ issuer: ISSUER, client, fetch: hanging, timer: clock })
    await expect(of.validate(question, late)).rejects.toMatchObject(unavailable)
  })
})

function aborted(signal: AbortSignal): Promise<never> {
  return signal.aborted ? Promise.reject(new Error('aborted')) : new Promise(() => undefined)
}

it.each([
  ['an issuer that is not safe to send a secret to', 'http://tokens.example', client],
  ['no client', ISSUER, { id: '', secret: 'x' }],
  ['no secret', ISSUER, { id: 'payments-api', secret: '' }],
  ['a key that is none', ISSUER, { id: 'payments-api', key: {} }],
])('cannot be made with %s', (_, issuer, as) => {
  expect(() => authorityValidator({ issuer, client: as })).toThrow(
    expect.objectContaining({ code: 'config.invalid' }),
  )
})

import { FreshetError } from '@freshet/protocol'
import type { Fetch } from '@freshet/wire'
import { ManualClock } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { clientTokens, TOKEN_ANSWER_BYTES_MAX, TOKEN_FETCH_MS } from './request-token.ts'
import { TOKEN_LIFE_MIN_MS, TOKEN_PAUSE_MS, TOKEN_RENEWED_MS, tokenSource } from './token-source.ts'

const LIFE_S = 300
const URL_OF = 'https://login.example/token?key=hush'

type Sent = Parameters<Fetch>[1]
type Reply = (init: Sent) => Promise<Response>

let clock: ManualClock
let secret: string
let sent: Sent[]
let away: unknown[]
let reply: Reply

const granted = (more: object = {}): Response =>
  Response.json({
    access_token: `t${sent.length}`,
    token_type: 'Bearer',
    expires_in: LIFE_S,
    ...more,
  })
const answers = (response: () => Response) => (): Promise<Response> => Promise.resolve(response())
const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })

beforeEach(() => {
  clock = new ManualClock()
  secret = 'h:u/s h'
  sent = []
  away = []
  reply = answers(granted)
})

function source(scope?: string) {
  const fetch: Fetch = (_, init) => {
    sent.push(init)
    return reply(init)
  }
  const client = { url: URL_OF, clientId: 'the edge', secret: () => secret, scope }
  return tokenSource(clientTokens(client, { fetch, timer: clock }), {
    timer: clock,
    onAway: (error) => away.push(error),
  })
}

async function failureOf(attempt: Promise<unknown>): Promise<FreshetError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof FreshetError) return error
  throw new Error('no error of ours', { cause: error })
}

describe('a source of tokens', () => {
  it('asks by client credentials, with the secret in the header, and follows no redirect', async () => {
    expect(await source('kafka read')()).toMatchObject({ value: 't1' })
    const basic = Buffer.from('the+edge:h%3Au%2Fs+h').toString('base64')
    expect(sent).toMatchObject([
      {
        method: 'POST',
        redirect: 'error',
        body: 'grant_type=client_credentials&scope=kafka+read',
        headers: { authorization: `Basic ${basic}` },
      },
    ])
  })

  it('holds a token until shortly before its end', async () => {
    const token = source()
    await token()
    await clock.advance(LIFE_S * 1_000 - TOKEN_RENEWED_MS)
    expect(await token()).toMatchObject({ value: 't1' })
    await clock.advance(1)
    expect(await token()).toMatchObject({ value: 't2' })
  })

  it('asks once for all connections that need a token at the same time', async () => {
    const token = source()
    const values = await Promise.all([token(), token(), token()])
    expect(new Set(values.map(({ value }) => value))).toEqual(new Set(['t1']))
  })

  it('asks again after the broker refused the held token', async () => {
    const token = source()
    await token()
    expect(await token('t0')).toMatchObject({ value: 't1' })
    expect(await token('t1')).toMatchObject({ value: 't2' })
  })

  it('holds no token whose life is unknown', async () => {
    reply = answers(() => granted({ expires_in: undefined }))
    const token = source()
    await token()
    expect(await token()).toMatchObject({ value: 't2' })
  })

  it('uses a held token while the endpoint is away, and reports that once', async () => {
    const token = source()
    await token()
    reply = () => Promise.reject(refused)
    await clock.advance(LIFE_S * 1_000 - TOKEN_LIFE_MIN_MS)
    expect(await token()).toMatchObject({ value: 't1' })
    await clock.advance(TOKEN_PAUSE_MS)
    expect((await failureOf(token())).code).toBe('broker.unavailable')
    expect(away).toHaveLength(1)
  })

  it('asks at most once a second while requests fail, and at once with another secret', async () => {
    reply = answers(() => new Response(null, { status: 401 }))
    const token = source()
    await failureOf(token())
    await failureOf(token())
    expect(sent).toHaveLength(1)
    secret = 'rustle'
    await failureOf(token())
    await clock.advance(TOKEN_PAUSE_MS)
    await failureOf(token())
    expect(sent).toHaveLength(3)
  })

  it('gives up after the limit, also in the middle of an answer', async () => {
    const held = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1)
      await clock.sleep(10 * TOKEN_FETCH_MS, sent[0]?.signal)
    }
    reply = () => Promise.resolve({ status: 200, body: held() } as unknown as Response)
    const failure = failureOf(source()())
    await clock.advance(TOKEN_FETCH_MS)
    expect(await failure).toMatchObject({
      code: 'broker.unavailable',
      message: expect.stringContaining('no whole answer within 5 s') as unknown,
    })
  })
})

const json =
  (body: unknown, status = 200) =>
  (): Response =>
    Response.json(body, { status })
const text =
  (body: string, status = 200) =>
  (): Response =>
    new Response(body, { status })

describe('an answer without a usable token', () => {
  it.each<[string, () => Response, string, string]>([
    [
      'a refused client',
      json({ error: 'invalid_client' }, 401),
      'broker.unauthenticated',
      '(401 invalid_client)',
    ],
    [
      'a refused scope',
      json({ error: 'invalid_scope' }, 400),
      'broker.unauthenticated',
      'KAFKA_SASL_SCOPE',
    ],
    ['a text of the endpoint', json({ error: 'hush' }, 403), 'broker.unauthenticated', '(403)'],
    ['another page', text('<html>', 200), 'broker.unauthenticated', 'not JSON'],
    [
      'too much',
      text(`"${'h'.repeat(TOKEN_ANSWER_BYTES_MAX)}"`),
      'broker.unauthenticated',
      'at most 65536 bytes',
    ],
    ['a wrong path', text('', 404), 'broker.unauthenticated', 'it answers 404'],
    ['no token', json({ token_type: 'Bearer' }), 'broker.unauthenticated', '`access_token`'],
    ['null', json(null), 'broker.unauthenticated', '`access_token`'],
    [
      'another kind',
      json({ access_token: 'hush', token_type: 'mac' }),
      'broker.unauthenticated',
      '`token_type`',
    ],
    ['a short life', () => granted({ expires_in: 14 }), 'broker.unauthenticated', 'less than 15 s'],
    [
      'a life that is no number',
      () => granted({ expires_in: 'hush' }),
      'broker.unauthenticated',
      '`expires_in`',
    ],
    ['an overloaded endpoint', text('', 503), 'broker.unavailable', 'it answers 503'],
  ])('%s is an error that names the endpoint and no secret', async (_, response, code, part) => {
    reply = answers(response)
    const { code: found, message } = await failureOf(source()())
    expect(found).toBe(code)
    expect(message).toContain('the token endpoint https://login.example/token ')
    expect(message).toContain(part)
    expect(message).not.toMatch(/hush|h:u/)
  })

  it('control: the shortest usable life is accepted, also as a text', async () => {
    reply = answers(() => granted({ expires_in: '15' }))
    expect(await source()()).toMatchObject({ value: 't1' })
  })

  it('an endpoint that cannot be reached is named with the reason', async () => {
    reply = () => Promise.reject(refused)
    const { code, message } = await failureOf(source()())
    expect(code).toBe('broker.unavailable')
    expect(message).toBe(
      'the token endpoint https://login.example/token does not answer: ECONNREFUSED',
    )
  })
})

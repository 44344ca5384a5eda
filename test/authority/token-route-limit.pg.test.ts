import { Admission, EndpointLimiter, type Leave } from '@freshet/authority'
import {
  randomShare,
  serveHttp,
  systemClock,
  type AnsweredRequest,
  type HttpServer,
} from '@freshet/runtime'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { tokenRouteLimit } from '../../services/authority/src/token-route-limit.ts'
import {
  authorityWorld,
  basic,
  FORM,
  TOKEN_EXCHANGE,
  tokenOf,
  type AuthorityWorld,
} from './authority-world.ts'

const JWT = 'urn:ietf:params:oauth:token-type:jwt'
const answered: AnsweredRequest[] = []
let world: AuthorityWorld
let server: HttpServer
let limiter: EndpointLimiter
let leave: Leave | undefined

beforeAll(async () => {
  world = await authorityWorld()
  const admission = new Admission({ clock: systemClock, random: randomShare })
  limiter = new EndpointLimiter({ admission, clock: systemClock, limits: { calm: 1, crowded: 1 } })
  const limit = tokenRouteLimit(limiter, { onAnswer: (answer) => void answered.push(answer) })
  server = await serveHttp({ app: world.app, limit })
})
afterAll(async () => {
  await server.close()
  await world.drop()
})
beforeEach(async () => {
  await world.reset()
  answered.length = 0
})

/** Occupies the only place from now on. */
function fill(): void {
  leave = limiter.enter('somebody else')
  expect(leave).toBeDefined()
}

const post = (path: string, form: Readonly<Record<string, string>>, credentials = basic('web')) =>
  fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': FORM, ...credentials },
    body: new URLSearchParams(form).toString(),
  })
const exchange = (credentials = basic('web')) =>
  post(
    '/oauth/token',
    {
      grant_type: TOKEN_EXCHANGE,
      subject_token: world.identityToken('alice'),
      subject_token_type: JWT,
      audience: 'payments',
    },
    credentials,
  )
const rows = async (): Promise<unknown> => {
  const found = await world.run(
    `select (select count(*) from token) + (select count(*) from issuance)
       + (select count(*) from client_assertion) as n`,
  )
  return Number(Object(found.rows[0])['n'])
}

describe('a token request for which there is no place', () => {
  test('is refused before its client is authenticated, and nothing is minted', async () => {
    fill()
    const [known, stranger, malformed] = await Promise.all([
      exchange(),
      exchange(basic('web', 'wrong')),
      post('/oauth/token', { grant_type: 'nothing' }),
    ])
    for (const answer of [known, stranger, malformed]) expect(answer.status).toBe(429)
    expect(await rows()).toBe(0)
    leave?.()
    // Control: with a place, each request is processed.
    expect((await exchange()).status).toBe(200)
    expect((await exchange(basic('web', 'wrong'))).status).toBe(401)
    expect((await post('/oauth/token', { grant_type: 'nothing' })).status).toBe(400)
    expect(await rows()).toBe(2)
  })

  test('gets a time to return, in the form of OAuth, and no cache keeps it', async () => {
    fill()
    const answer = await exchange()
    leave?.()
    expect(answer.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(await answer.json()).toMatchObject({
      error: 'temporarily_unavailable',
      code: 'limit.reached',
    })
    expect(answered).toEqual([
      { route: '/oauth/token', method: 'POST', status: 429, durationMs: expect.any(Number) },
    ])
  })

  test('stands in the way of nothing else', async () => {
    const token = tokenOf(await world.exchange())
    fill()
    const introspection = await post('/oauth/introspect', { token }, basic('payments-api'))
    expect(await introspection.json()).toMatchObject({ active: true })
    expect((await post('/oauth/revoke', { token })).status).toBe(200)
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    expect((await fetch(`${server.url}/metrics`)).status).toBe(200)
    leave?.()
  })
})

test('a place is given back with the answer, whatever it is', async () => {
  const answers = [exchange, () => exchange(basic('web', 'wrong')), exchange]
  for (const ask of answers) {
    await (await ask()).text()
    await expect.poll(() => limiter.counts().inside).toBe(0)
  }
})

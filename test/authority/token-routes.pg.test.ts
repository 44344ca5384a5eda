import { isDeepStrictEqual } from 'node:util'
import { CHANGES_TOPIC } from '@freshet/wire'
import { hostileTokens, signToken } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  alice,
  authorityWorld,
  basic,
  payloadOf,
  TOKEN_EXCHANGE,
  tokenOf,
  type AuthorityWorld,
} from './authority-world.ts'

let world: AuthorityWorld
let run: AuthorityWorld['run']
let exchange: AuthorityWorld['exchange']
beforeAll(async () => {
  world = await authorityWorld()
  ;({ run, exchange } = world)
})
afterAll(() => world.drop())
beforeEach(() => world.reset())

const introspect = (token: string, by = 'payments-api') =>
  world.post('/oauth/introspect', { token }, { headers: basic(by) })
const revoke = (token: string, by = 'web', at = world.app) =>
  world.post('/oauth/revoke', { token }, { headers: basic(by), app: at })
/** Returns the number of records in the control partition. */
const control = () => world.writer.records(0).length

describe('POST /oauth/introspect', () => {
  const raise = (position: number) =>
    run(
      `insert into watermark (scope_key, tenant, partition, e, position, source, change, time_ms,
         raised_at_ms) values ($1, 'acme', 0, 1, $2, 'hr', 'c9', 0, 0)`,
      [JSON.stringify(['a', alice.tenant, alice.iss, alice.sub]), position],
    )

  test('describes an active token to the resource server, and lets no cache keep it', async () => {
    const { response, body } = await introspect(tokenOf(await exchange()))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({
      active: true,
      sub: 'alice',
      groups: ['a'],
      freshet: { claims: { groups: { verdict: 'fresh' } } },
    })
  })

  test('follows the watermarks, not the marks (rule 22)', async () => {
    const token = tokenOf(await exchange())
    await run(`update token set stale_at_ms = 1, stale_reason = 'x'`)
    expect((await introspect(token)).body).toMatchObject({ active: true })
    await run('update token set stale_at_ms = null, stale_reason = null')
    await raise(6)
    const { body } = await introspect(token)
    expect(body).toEqual({
      active: false,
      freshet: { claims: { groups: { verdict: 'stale', reason: 'account', change: 'c9' } } },
    })
  })

  test('needs the leases of its own sources (rule 22)', async () => {
    const token = tokenOf(await exchange())
    await run(`update feed set through_ms = 1 where source = 'hr'`)
    const { response, body } = await introspect(token)
    expect(response.status).toBe(200)
    expect(body).toMatchObject({
      active: false,
      freshet: { claims: { groups: { verdict: 'unverified', source: 'hr' } } },
    })
  })

  test('judges a token that the ledger does not know', async () => {
    const token = tokenOf(await exchange())
    await run('truncate token')
    expect((await introspect(token)).body).toMatchObject({ active: true })
  })

  test('reveals nothing to other clients, and nothing about a text that is no token', async () => {
    const token = tokenOf(await exchange())
    expect((await introspect(token, 'web')).body).toEqual({ active: false })
    const { response, body } = await introspect('a.b.c')
    expect(response.status).toBe(200)
    expect(body).toEqual({ active: false })
  })

  test('fails by the codes of RFC 6749: no client, no token, no database', async () => {
    const token = tokenOf(await exchange())
    const stranger = await introspect(token, 'nobody')
    expect(stranger.response.status).toBe(401)
    expect(stranger.body).toMatchObject({ error: 'invalid_client' })
    const nothing = await introspect('')
    expect(nothing.response.status).toBe(400)
    expect(nothing.body).toMatchObject({ error: 'invalid_request' })
    await run('alter table watermark rename to watermark_away')
    try {
      expect((await introspect(token)).response.status).toBe(500)
    } finally {
      await run('alter table watermark_away rename to watermark')
    }
  })
})

describe('POST /oauth/revoke', () => {
  test('answers 200 once the change topic has the denial, known to the ledger or not (rule 39)', async () => {
    const token = tokenOf(await exchange())
    await run('truncate token, issuance')
    const before = control()
    const { response, body } = await revoke(token)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({})
    const record = world.writer.records(0)[before]
    expect(record?.topic).toBe(CHANGES_TOPIC)
    expect(JSON.parse(Buffer.from(record?.value ?? '').toString())).toMatchObject({
      tenant: 'acme',
      op: 'deny',
      scope: 'token',
      target: payloadOf(token).jti,
    })
  })

  test('is one change however often and wherever it is asked for', async () => {
    const token = tokenOf(await exchange())
    const before = control()
    for (const at of [world.app, world.other, world.app])
      expect((await revoke(token, 'web', at)).response.status).toBe(200)
    expect(control()).toBe(before + 1)
  })

  test('answers 503 with Retry-After while the broker is away, and 200 when it is back', async () => {
    const token = tokenOf(await exchange())
    const before = control()
    world.writer.away(true)
    const { response, body } = await revoke(token)
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(body).toMatchObject({ error: 'temporarily_unavailable', code: 'broker.unavailable' })
    world.writer.away(false)
    expect((await revoke(token)).response.status).toBe(200)
    expect(control()).toBe(before + 1)
  })

  test('is for the client that the token was issued to', async () => {
    const token = tokenOf(await exchange())
    const before = control()
    const other = await revoke(token, 'payments-api')
    expect(other.response.status).toBe(400)
    expect(other.body).toMatchObject({ error: 'unauthorized_client' })
    expect((await revoke(token, 'nobody')).response.status).toBe(401)
    expect(control()).toBe(before)
  })
})

const read = (part = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

describe('a header member that is not accepted', () => {
  const accepted = { x5t: 'x' }
  const unknown = { future: 'x' }

  test('makes an access token of ours inactive, whatever key signed it', async () => {
    const [header, payload] = tokenOf(await exchange()).split('.')
    const withHeader = (more: object): string =>
      signToken({ ...read(header), ...more }, read(payload), world.tokenKey)
    expect((await introspect(withHeader(unknown))).body).toEqual({ active: false })
    // Control: an accepted member.
    expect((await introspect(withHeader(accepted))).body).toMatchObject({ active: true })
  })

  test('refuses a token of an identity provider', async () => {
    const exchanged = (header: object): ReturnType<AuthorityWorld['post']> =>
      world.post('/oauth/token', {
        grant_type: TOKEN_EXCHANGE,
        subject_token: world.identityToken('alice', header),
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        audience: 'payments',
      })
    const { response, body } = await exchanged(unknown)
    expect(response.status).toBe(400)
    expect(body['error_description']).toMatch(/has a header member that is not accepted/)
    // Control: an accepted member.
    expect((await exchanged(accepted)).response.status).toBe(200)
  })
})

describe('whatever string is sent as a token', () => {
  test('no route answers 5xx, calls it active, exchanges it or denies anything', async () => {
    const token = tokenOf(await exchange())
    const [header, payload] = token.split('.')
    const before = control()
    const parts = { header: read(header), payload: read(payload), key: world.tokenKey }
    const wrong: unknown[] = []
    for (const [name, jwt] of hostileTokens(parts)) {
      // Larger bodies do not reach the routes.
      if (jwt === '' || jwt.length > 200_000) continue
      const introspected = await introspect(jwt)
      const revoked = await revoke(jwt)
      const exchanged = await world.post('/oauth/token', {
        grant_type: TOKEN_EXCHANGE,
        subject_token: jwt,
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        audience: 'payments',
      })
      const statuses = [introspected, revoked, exchanged].map(({ response }) => response.status)
      const isRight = isDeepStrictEqual(introspected.body, { active: false })
      if (!isRight || !isDeepStrictEqual(statuses, [200, 200, 400])) wrong.push([name, statuses])
    }
    expect(wrong).toEqual([])
    expect(control()).toBe(before)
    // Control: the valid token from which all of them were made.
    expect((await revoke(token)).response.status).toBe(200)
    expect(control()).toBe(before + 1)
  })
})

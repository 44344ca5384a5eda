import { JWT_BEARER } from '@freshet/authority'
import { subjectKey } from '@freshet/protocol'
import { signToken } from '@freshet/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  alice,
  authorityWorld,
  basic,
  FORM,
  ISSUER as US,
  payloadOf,
  tokenOf,
  type AuthorityWorld,
} from './authority-world.ts'

let world: AuthorityWorld
let run: AuthorityWorld['run']
let exchange: AuthorityWorld['exchange']
let app: AuthorityWorld['app']
beforeAll(async () => {
  world = await authorityWorld()
  ;({ run, exchange, app } = world)
})
afterAll(() => world.drop())
beforeEach(() => world.reset())

describe('POST /oauth/token', () => {
  test('gives a token whose ledger row and issuance are there when it leaves', async () => {
    const { response, body } = await exchange()
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: expect.any(Number) })
    const claims = payloadOf(tokenOf({ response, body }))
    expect(claims).toMatchObject({ groups: ['a'], freshet: { e: '1', s: '5', c: '5', pv: 1 } })
    const rows = await run(
      `select i.withheld, t.stale_at_ms from issuance i join token t using (jti) where jti = $1`,
      [claims.jti],
    )
    expect(rows.rows).toEqual([{ withheld: false, stale_at_ms: null }])
  })

  test('answers 503 with Retry-After while a source is silent (rule 15)', async () => {
    await run(`update feed set through_ms = 1 where source = 'security'`)
    const { response, body } = await exchange()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toMatch(/^[123]$/)
    expect(body).toMatchObject({ error: 'temporarily_unavailable', code: 'mint.unverified' })
    expect(body['error_description']).toMatch(/security/)
  })

  test('answers 503 with Retry-After and a code of its own while another policy version is active', async () => {
    await run(`update progress set active_pv = 2`)
    const { response, body } = await exchange()
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toMatch(/^[123]$/)
    expect(body).toMatchObject({ error: 'temporarily_unavailable', code: 'mint.not-active' })
    expect(body['error_description']).toMatch(/version 2 is active/)
  })

  test('answers 503 naming the claim that is in doubt (rule 20)', async () => {
    await run(
      `insert into doubt (subject, claim, e, partition, log_offset, raised, settled)
       values ($1, 'groups', 1, 1, 3, true, false)`,
      [subjectKey(alice)],
    )
    const { response, body } = await exchange()
    expect(response.status).toBe(503)
    expect(body).toMatchObject({ code: 'mint.doubtful' })
    expect(body['error_description']).toMatch(/groups/)
  })

  test('refuses a subject that no source knows, and records nothing', async () => {
    const { response, body } = await exchange('nobody')
    expect(response.status).toBe(400)
    expect(body).toMatchObject({ error: 'invalid_request', code: 'grant.invalid' })
    expect((await run('select jti from issuance')).rows).toEqual([])
  })

  test('answers 401 with a challenge to a client without the right secret', async () => {
    const { response, body } = await exchange('alice', { authorization: 'Basic d2ViOm5v' })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(body).toMatchObject({ error: 'invalid_client', code: 'request.unauthenticated' })
  })

  test('reads nothing but a form', async () => {
    const { response, body } = await exchange('alice', {
      ...basic('web'),
      'content-type': 'application/json',
    })
    expect(response.status).toBe(400)
    expect(body).toMatchObject({ error: 'invalid_request' })
  })

  test('answers 413 to a body beyond the limit', async () => {
    const response = await app.request('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': FORM },
      body: 'x'.repeat(300_000),
    })
    expect(response.status).toBe(413)
  })

  test('answers 500 without the cause, and logs it once', async () => {
    world.logged.length = 0
    await run('alter table issuance rename to issuance_away')
    try {
      const { response, body } = await exchange()
      expect(response.status).toBe(500)
      expect(JSON.stringify(body)).not.toMatch(/issuance|42P01/)
      expect(world.logged).toHaveLength(1)
    } finally {
      await run('alter table issuance_away rename to issuance')
    }
  })
})

/** Returns an assertion of the client `batch`. */
const assertion = (jti: string, more: object = {}): Record<string, string> => ({
  client_assertion_type: JWT_BEARER,
  client_assertion: signToken(
    { alg: 'ES256', kid: 'batch-1' },
    { iss: 'batch', sub: 'batch', aud: US, exp: Math.floor(Date.now() / 1_000) + 60, jti, ...more },
    world.batchKey,
  ),
})
const NO_HEADER = { headers: {} }

describe('client credentials with private_key_jwt', () => {
  const own = { grant_type: 'client_credentials', audience: 'payments' }

  test('give a workload a token about its own subject, recorded like any other', async () => {
    const { response, body } = await world.post(
      '/oauth/token',
      { ...own, ...assertion('a1') },
      NO_HEADER,
    )
    expect(response.status).toBe(200)
    const claims = payloadOf(tokenOf({ response, body }))
    expect(claims).toMatchObject({ sub: 'robot', client_id: 'batch', groups: ['a'] })
    const rows = await run('select withheld from issuance where jti = $1', [claims.jti])
    expect(rows.rows).toEqual([{ withheld: false }])
  })

  test('take an assertion once, at whichever authority (RFC 7523 §3)', async () => {
    const form = { ...own, ...assertion('a1') }
    expect((await world.post('/oauth/token', form, NO_HEADER)).response.status).toBe(200)
    for (const process of [world.app, world.other]) {
      const { response, body } = await world.post('/oauth/token', form, {
        ...NO_HEADER,
        app: process,
      })
      expect(response.status).toBe(401)
      expect(body).toMatchObject({ error: 'invalid_client' })
    }
    const fresh = { ...own, ...assertion('a2') }
    const there = await world.post('/oauth/token', fresh, { ...NO_HEADER, app: world.other })
    expect(there.response.status).toBe(200)
  })

  test('are refused to a client that authenticates in two ways, or has no subject', async () => {
    const both = await world.post('/oauth/token', { ...own, ...assertion('a1') })
    expect(both.response.status).toBe(400)
    expect(both.body).toMatchObject({ error: 'invalid_request', code: 'request.malformed' })
    const none = await world.post('/oauth/token', own)
    expect(none.response.status).toBe(400)
    expect(none.body).toMatchObject({ error: 'unauthorized_client', code: 'grant.forbidden' })
  })
})

describe('documents', () => {
  test('the metadata names both key sets (RFC 8414)', async () => {
    const response = await app.request('/.well-known/oauth-authorization-server')
    expect(await response.json()).toMatchObject({
      issuer: US,
      jwks_uri: `${US}/.well-known/jwks.json`,
      freshet_checkpoints_jwks_uri: `${US}/.well-known/freshet-checkpoints.jwks.json`,
      grant_types_supported: [
        'urn:ietf:params:oauth:grant-type:token-exchange',
        'client_credentials',
      ],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    })
  })

  test('every endpoint of the metadata exists, and authenticates clients as the metadata names it', async () => {
    const response = await app.request('/.well-known/oauth-authorization-server')
    const metadata = (await response.json()) as Record<string, unknown>
    for (const name of ['token', 'introspection', 'revocation']) {
      const { pathname } = new URL(String(metadata[`${name}_endpoint`]))
      expect((await world.post(pathname, {}, NO_HEADER)).response.status).toBe(401)
      expect(metadata[`${name}_endpoint_auth_methods_supported`]).toEqual([
        'client_secret_basic',
        'private_key_jwt',
      ])
      expect(metadata[`${name}_endpoint_auth_signing_alg_values_supported`]).toContain('ES256')
    }
  })

  test('key sets hold public keys alone, even where the file holds more', async () => {
    for (const [path, alg] of [
      ['/.well-known/jwks.json', 'ES256'],
      ['/.well-known/freshet-checkpoints.jwks.json', 'EdDSA'],
    ]) {
      const response = await app.request(path ?? '')
      const set = (await response.json()) as { keys: Record<string, unknown>[] }
      expect(set.keys).toMatchObject([{ alg, use: 'sig' }])
      expect(set.keys[0]).not.toHaveProperty('d')
    }
  })

  test('the API describes every route, by its method', async () => {
    const response = await app.request('/openapi.json')
    const { paths } = (await response.json()) as { paths: Record<string, object> }
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const there = app.routes.flatMap(({ method, path }) =>
      method === 'ALL' || path.includes('*') ? [] : `${method} ${path}`,
    )
    const own = there.filter((route) => /oauth|well-known|access/.test(route))
    expect(own).toHaveLength(8)
    expect(described).toEqual(expect.arrayContaining(own))
  })
})

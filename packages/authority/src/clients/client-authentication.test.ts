import { createHash } from 'node:crypto'
import { FreshetError, type Client } from '@freshet/protocol'
import { ManualClock, signToken } from '@freshet/testkit'
import {
  EDGE_REPORT_TYP,
  generateKey,
  importJwks,
  importSigningKey,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { JWT_BEARER } from './client-assertion.ts'
import {
  type ClientAttempts,
  authenticateClient,
  type ClientAuthentication,
} from './client-authentication.ts'

const NOW = 1_795_514_400_000
const SECONDS = NOW / 1_000
const US = 'https://tokens.example'
const SECRET = 'correct horse: battery+staple'

const rights = { tenant: 'acme', audiences: [], introspects: [] }
const hashed = createHash('sha256').update(SECRET).digest('base64url')
const web: Client = { ...rights, id: 'payments web', secretHash: hashed }
/** As in an example file, before its hash was replaced. */
const draft: Client = {
  ...rights,
  id: 'draft',
  secretHash: createHash('sha256').update('').digest('base64url'),
}
const batch: Client = { ...rights, id: 'batch', keys: 'keys/batch.jwks.json' }
const other: Client = { ...rights, id: 'other', keys: 'keys/other.jwks.json' }

let key: SigningKey
let stranger: SigningKey
let keys: ReadonlyMap<string, readonly VerifyKey[]>
beforeAll(async () => {
  const own = await generateKey('ES256', 'b1')
  const others = await generateKey('ES256', 'b1')
  key = importSigningKey(own.privateJwk)
  stranger = importSigningKey(others.privateJwk)
  keys = new Map([
    ['batch', importJwks({ keys: [own.publicJwk] })],
    ['other', importJwks({ keys: [others.publicJwk] })],
  ])
})

let deps: ClientAuthentication
let used: Set<string>
let counted: [name: string, tenant: string | undefined, isRight: boolean][]
let isLocked: boolean
beforeEach(() => {
  counted = []
  isLocked = false
  used = new Set()
  deps = {
    clients: new Map([web, draft, batch, other].map((each) => [each.id, each])),
    clientKeys: (client) => keys.get(client) ?? [],
    assertions: {
      use: ({ client, jti }) => {
        const name = `${client} ${jti}`
        const isFirst = !used.has(name)
        used.add(name)
        return Promise.resolve(isFirst)
      },
      forgetBefore: () => Promise.resolve(0),
    },
    issuer: US,
    clock: new ManualClock(NOW),
  }
})

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`
const good = { iss: 'batch', sub: 'batch', aud: US, exp: SECONDS + 60, iat: SECONDS, jti: 'a1' }
const assertion = (claims: object = {}, header: object = {}, by: SigningKey = key): string =>
  signToken({ alg: 'ES256', kid: 'b1', typ: 'JWT', ...header }, { ...good, ...claims }, by)
const attempts: ClientAttempts = {
  admit() {
    if (isLocked) throw new FreshetError('limit.reached', 'Locked.')
  },
  async count({ name, tenant }, isRight) {
    counted.push([name, tenant, isRight])
  },
}
const bearing = (client_assertion: string, more: Record<string, string> = {}) => ({
  authorization: undefined,
  form: new URLSearchParams({ client_assertion, client_assertion_type: JWT_BEARER, ...more }),
  attempts,
})
const authenticate = (jwt: string, more?: Record<string, string>) =>
  authenticateClient(bearing(jwt, more), deps)
const byHeader = (authorization: string | undefined, form: Record<string, string> = {}) =>
  authenticateClient({ authorization, form: new URLSearchParams(form), attempts }, deps)

const WRONG = { code: 'request.unauthenticated', message: 'Client or credentials are wrong.' }
const UNAUTHENTICATED = { code: 'request.unauthenticated' }

describe('client_secret_basic', () => {
  it('takes id and secret, each form-encoded (RFC 6749 §2.3.1)', async () => {
    expect(await byHeader(basic('payments web', SECRET))).toBe(web)
  })

  it.each<[string, string]>([
    ['a wrong secret', basic('payments web', 'wrong')],
    ['an unknown client', basic('nobody', SECRET)],
    ['a client that has keys and no secret', basic('batch', SECRET)],
    ['a client that has keys, with an empty secret', basic('batch', '')],
    ['the empty secret of an example file', basic('draft', '')],
    ['a name of JavaScript', basic('__proto__', SECRET)],
  ])('gives one answer to %s', async (_, authorization) => {
    await expect(byHeader(authorization)).rejects.toMatchObject(WRONG)
  })

  it.each<[string, string | undefined]>([
    ['no credentials', undefined],
    ['a bearer token', 'Bearer abc'],
    ['no colon', `Basic ${Buffer.from('payments').toString('base64')}`],
    ['a broken percent sign', `Basic ${Buffer.from('%zz:%zz').toString('base64')}`],
    ['more than a kilobyte', `Basic ${'A'.repeat(1_028)}`],
  ])('refuses %s', async (_, authorization) => {
    await expect(byHeader(authorization)).rejects.toMatchObject(UNAUTHENTICATED)
  })

  it('reads no secret out of the form', async () => {
    const form = { client_id: 'payments web', client_secret: SECRET }
    await expect(byHeader(undefined, form)).rejects.toMatchObject(UNAUTHENTICATED)
  })
})

describe('private_key_jwt', () => {
  it('takes an assertion that a key of the client signed for us', async () => {
    expect(await authenticate(assertion())).toBe(batch)
  })

  it.each<[string, object, object]>([
    ['for the token endpoint', { aud: `${US}/oauth/token` }, {}],
    ['with its audience as a list of one', { aud: [US] }, {}],
    ['without iat', { iat: undefined }, {}],
    ['of the type of its own', {}, { typ: 'client-authentication+jwt' }],
    ['without a type', {}, { typ: undefined }],
    ['with a thumbprint of its certificate', {}, { 'x5t#S256': 'abc' }],
    ['from a clock that is a little ahead', { exp: SECONDS + 62, iat: SECONDS + 2 }, {}],
    ['that expired within the tolerance', { exp: SECONDS - 1 }, {}],
  ])('takes one %s', async (_, claims, header) => {
    expect(await authenticate(assertion(claims, header))).toBe(batch)
  })

  it('is used once (RFC 7523 §3)', async () => {
    const jwt = assertion()
    await authenticate(jwt)
    await expect(authenticate(jwt)).rejects.toThrow(/used before/)
    // The control: by another name it is another assertion.
    expect(await authenticate(assertion({ jti: 'a2' }))).toBe(batch)
  })

  it('uses nothing up by an assertion that does not hold', async () => {
    await expect(authenticate(assertion({}, {}, stranger))).rejects.toMatchObject(WRONG)
    await expect(authenticate(assertion({ aud: 'x' }))).rejects.toMatchObject(UNAUTHENTICATED)
    expect(used.size).toBe(0)
  })

  it.each<[string, () => string]>([
    ['an unknown client', () => assertion({ iss: 'nobody', sub: 'nobody' })],
    ['a client that has a secret and no keys', () => assertion({ iss: web.id, sub: web.id })],
    ['the key of another client', () => assertion({}, {}, stranger)],
    ['the name of another client', () => assertion({ iss: 'other', sub: 'other' })],
    ['an unknown kid', () => assertion({}, { kid: 'b2' })],
    ['another algorithm', () => assertion({}, { alg: 'RS256' })],
    ['alg none', () => assertion({}, { alg: 'none' })],
    ['a sub that is not its iss', () => assertion({ sub: 'other' })],
    ['no iss', () => assertion({ iss: undefined })],
    ['another signature', () => `${assertion().slice(0, -6)}AAAAAA`],
  ])('gives one answer to %s', async (_, jwt) => {
    await expect(authenticate(jwt())).rejects.toMatchObject(WRONG)
  })

  it.each<[string, object, object?]>([
    ['for another audience', { aud: 'https://other.example' }],
    ['for others too', { aud: [US, 'https://other.example'] }],
    ['without an audience', { aud: undefined }],
    ['that has expired', { exp: SECONDS - 2 }],
    ['that expires later than in a minute', { exp: SECONDS + 63 }],
    ['that never expires', { exp: undefined }],
    ['with an exp beyond numbers', { exp: 1e300 }],
    ['of the future', { iat: SECONDS + 3 }],
    ['that is not valid yet', { nbf: SECONDS + 3 }],
    ['without jti', { jti: undefined }],
    ['with a jti that is no text', { jti: 7 }],
    ['with a long jti', { jti: 'j'.repeat(257) }],
    ['that is an access token', {}, { typ: 'at+jwt' }],
    ['that is the signature of an edge report', {}, { typ: EDGE_REPORT_TYP }],
    ['with a header member that is not accepted', {}, { future: 'x' }],
  ])('refuses one %s', async (_, claims, header) => {
    await expect(authenticate(assertion(claims, header))).rejects.toMatchObject(UNAUTHENTICATED)
    expect(used.size).toBe(0)
  })

  it('refuses what is no assertion, and another type of assertion', async () => {
    await expect(authenticate('a.b')).rejects.toMatchObject(UNAUTHENTICATED)
    const saml = {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer',
    }
    await expect(authenticate(assertion(), saml)).rejects.toMatchObject(UNAUTHENTICATED)
  })
})

describe('a client', () => {
  it.each<[string, Record<string, string>]>([
    ['a header and an assertion', { client_assertion: 'x', client_assertion_type: JWT_BEARER }],
    ['a header and the type of an assertion', { client_assertion_type: JWT_BEARER }],
    ['a header and a secret in the form', { client_secret: SECRET }],
  ])('that authenticates in two ways is refused: %s (RFC 6749 §2.3)', async (_, form) => {
    const authorization = basic('payments web', SECRET)
    await expect(byHeader(authorization, form)).rejects.toMatchObject({ code: 'request.malformed' })
  })

  it('that names itself in the form must be the one that authenticates', async () => {
    expect(await authenticate(assertion(), { client_id: 'batch' })).toBe(batch)
    const again = assertion({ jti: 'a2' })
    await expect(authenticate(again, { client_id: 'other' })).rejects.toMatchObject(WRONG)
    const named = { client_id: 'other' }
    await expect(byHeader(basic('payments web', SECRET), named)).rejects.toMatchObject(WRONG)
  })

  it('that sends an assertion twice in one form is refused', async () => {
    const { form } = bearing(assertion())
    form.append('client_assertion', assertion({ jti: 'a2' }))
    const request = { authorization: undefined, form, attempts }
    await expect(authenticateClient(request, deps)).rejects.toMatchObject({
      code: 'request.malformed',
    })
  })
})

describe('an attempt', () => {
  it('is counted by the claimed client, with its outcome', async () => {
    await byHeader(basic('payments web', SECRET))
    await expect(byHeader(basic('payments web', 'wrong'))).rejects.toMatchObject(WRONG)
    await expect(byHeader(basic('nobody', SECRET))).rejects.toMatchObject(WRONG)
    await authenticate(assertion())
    await expect(authenticate(assertion({}, {}, stranger))).rejects.toMatchObject(WRONG)
    await expect(authenticate(assertion({ exp: SECONDS - 9 }))).rejects.toThrow(/expired/)
    expect(counted).toEqual([
      ['payments web', 'acme', true],
      ['payments web', 'acme', false],
      ['nobody', undefined, false],
      ['batch', 'acme', true],
      ['batch', 'acme', false],
      ['batch', 'acme', false],
    ])
  })

  it('is none where no credentials can be read', async () => {
    for (const none of [undefined, 'Bearer abc', 'Basic !'])
      await expect(byHeader(none)).rejects.toMatchObject(UNAUTHENTICATED)
    await expect(authenticate('a.b')).rejects.toMatchObject(UNAUTHENTICATED)
    expect(counted).toEqual([])
  })

  it('is not checked beyond the limit, and uses no assertion up', async () => {
    isLocked = true
    const locked = { code: 'limit.reached' }
    await expect(byHeader(basic('payments web', SECRET))).rejects.toMatchObject(locked)
    await expect(authenticate(assertion())).rejects.toMatchObject(locked)
    expect([counted, used.size]).toEqual([[], 0])
  })
})

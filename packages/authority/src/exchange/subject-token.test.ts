import { sign, type KeyObject } from 'node:crypto'
import {
  generateKey,
  importJwks,
  importSigningKey,
  type SigningKey,
  type VerifyKey,
} from '@freshet/wire'
import { ManualClock, NOTHING_PUBLISHED } from '@freshet/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyIdentityToken } from './subject-token.ts'

const NOW = 1_795_514_400_000
const SECONDS = NOW / 1_000
const IDP = 'https://idp.example'
const US = 'https://tokens.example'
const LOGOUT = 'http://schemas.openid.net/event/backchannel-logout'

let key: SigningKey
let keys: readonly VerifyKey[]
let stranger: SigningKey
beforeAll(async () => {
  const made = await generateKey('ES256', 'idp-1')
  key = importSigningKey(made.privateJwk)
  keys = importJwks({ keys: [made.publicJwk] })
  stranger = importSigningKey((await generateKey('ES256', 'idp-1')).privateJwk)
})

const payload = (more: object = {}): object => ({
  iss: IDP,
  sub: 'alice',
  aud: US,
  iat: SECONDS,
  exp: SECONDS + 300,
  ...more,
})
const encode = (text: string): string => Buffer.from(text).toString('base64url')
const signed = (head: string, body: string, by: KeyObject = key.key): string => {
  const input = `${encode(head)}.${encode(body)}`
  const signature = sign('sha256', Buffer.from(input), { key: by, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
const header = (more: object = {}): string =>
  JSON.stringify({ alg: 'ES256', kid: 'idp-1', typ: 'JWT', ...more })
const token = (more: object = {}, head: object = {}): string =>
  signed(header(head), JSON.stringify(payload(more)))
const check = (jwt: string) =>
  verifyIdentityToken(jwt, {
    providers: [{ issuer: IDP, keys: 'idp.jwks.json' }],
    keys: { identityProviderKeys: () => keys, publishedKeys: NOTHING_PUBLISHED },
    audience: US,
    presents: [],
    clock: new ManualClock(NOW),
    what: 'subject token',
  })

describe('verifyIdentityToken', () => {
  it('reports the subject of a good token', async () => {
    expect(await check(token({ sid: 's1', jti: 't1' }))).toEqual({
      iss: IDP,
      sub: 'alice',
      kid: 'idp-1',
      sid: 's1',
      ids: ['t1'],
      life: undefined,
      mayAct: undefined,
    })
  })

  it.each<[string, object]>([
    ['without a typ', { typ: undefined }],
    ['with a typ in other letters', { typ: 'jwt' }],
    ['with a thumbprint of the certificate', { x5t: 'abc' }],
  ])('accepts a token %s', async (_, head) => {
    expect((await check(token({}, head))).sub).toBe('alice')
  })

  it('accepts an audience that is a list of us alone, and clocks that differ by the tolerance', async () => {
    expect((await check(token({ aud: [US] }))).sub).toBe('alice')
    expect((await check(token({ iat: SECONDS + 2, exp: SECONDS + 302 }))).sub).toBe('alice')
  })

  it.each<[string, object, RegExp]>([
    ['for another audience', { aud: 'https://other.example' }, /this authority alone/],
    ['for others too', { aud: [US, 'https://other.example'] }, /this authority alone/],
    ['without an audience', { aud: undefined }, /this authority alone/],
    ['that has expired', { iat: SECONDS - 60, exp: SECONDS }, /expired/],
    ['that lives longer than 5 minutes', { exp: SECONDS + 303 }, /too long/],
    ['of the future', { iat: SECONDS + 3, exp: SECONDS + 100 }, /future/],
    ['issued after it expires', { iat: SECONDS + 1, exp: SECONDS + 1 }, /future/],
    ['without exp', { exp: undefined }, /no exp/],
    ['without iat', { iat: undefined }, /no iat/],
    ['with a fraction of a second', { exp: SECONDS + 0.5 }, /no exp/],
    ['with an exp as text', { exp: String(SECONDS + 60) }, /no exp/],
    ['that is not valid yet', { nbf: SECONDS + 60 }, /not valid yet/],
    ['of an issuer of nobody', { iss: 'https://evil.example' }, /does not trust/],
    ['of logout without a type', { events: { [LOGOUT]: {} } }, /security event/],
    ['with an actor', { act: { sub: 'bob' } }, /an actor/],
    ['without a subject', { sub: undefined }, /no sub/],
    ['with an empty subject', { sub: '' }, /no short text/],
    ['with a subject that is no text', { sub: 7 }, /no short text/],
    ['with a session that is no text', { sid: {} }, /no short text/],
  ])('refuses a token %s', async (_, more, rule) => {
    await expect(check(token(more))).rejects.toThrow(rule)
  })

  it.each([{ jkt: 'thumbprint' }, { 'x5t#S256': 'thumbprint' }, { future: 'x' }, null])(
    'refuses a token that is bound to a key by cnf %j, which the request does not prove to hold',
    async (cnf) => {
      await expect(check(token({ cnf }))).rejects.toThrow(
        expect.objectContaining({ code: 'token.unproven' }),
      )
    },
  )

  it.each<[string, object, RegExp]>([
    ['an access token', { typ: 'at+jwt' }, /another type/],
    ['a SET', { typ: 'secevent+jwt' }, /another type/],
    ['a logout token', { typ: 'logout+jwt' }, /another type/],
    ['an ID-JAG', { typ: 'oauth-id-jag+jwt' }, /another type/],
    ['an HMAC', { alg: 'HS256' }, /not signed/],
    ['alg none', { alg: 'none' }, /not signed/],
    ["an algorithm that is not its key's", { alg: 'EdDSA' }, /not signed/],
    ['a key of another name', { kid: 'idp-2' }, /not signed/],
    ['no key name', { kid: undefined }, /no kid/],
    ['a member that is not accepted', { nonce: 'n1' }, /not accepted/],
  ])('refuses a header with %s', async (_, head, rule) => {
    await expect(check(token({}, head))).rejects.toThrow(rule)
  })

  it('refuses the signature of another key of the same name', async () => {
    await expect(check(signed(header(), JSON.stringify(payload()), stranger.key))).rejects.toThrow(
      /not signed/,
    )
  })

  it('refuses a member that is there twice in its payload', async () => {
    const double = JSON.stringify(payload()).replace('{', '{"sub":"root",')
    await expect(check(signed(header(), double))).rejects.toThrow(/strict JSON/)
  })

  it('looks at nothing that is longer than 8 KiB', async () => {
    await expect(check(token({ pad: 'x'.repeat(8_192) }))).rejects.toThrow(/too long/)
  })

  it('names the rule and never the token', async () => {
    const secret = 'Zm9v'.repeat(20)
    for (const jwt of [secret, token({ sub: '', name: secret }), `${token()}${secret}`]) {
      const thrown = await check(jwt).catch(String)
      expect(thrown).toMatch(/subject token/)
      expect(thrown).not.toContain(secret)
    }
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { signJws } from '../keys/jws.ts'
import { importJwks } from '../keys/jwks.ts'
import { generateKey, importSigningKey, type SigningKey, type VerifyKey } from '../keys/keys.ts'
import {
  orderDigest,
  PERSON_CHARS_MAX,
  signVoucher,
  verifyVoucher,
  VOUCHER_TYP,
  type SentOrder,
} from './voucher.ts'

const nowMs = 1_764_000_000_000
const audience = 'https://gateway.example'
const person = { iss: 'https://idp.example', sub: 'olga' }
const drop: SentOrder = {
  method: 'POST',
  path: '/v1/quarantine/1/drop',
  body: Buffer.from('{"reason":"x"}'),
}
const claims = {
  iss: 'console',
  aud: audience,
  exp: nowMs / 1000 + 30,
  jti: 'v1',
  sub_id: { format: 'iss_sub', ...person },
  role: 'operator',
  order: orderDigest(drop),
}

let signing: SigningKey
let keys: readonly VerifyKey[]

beforeAll(async () => {
  const { privateJwk, publicJwk } = await generateKey('EdDSA', 'vouchers-1')
  signing = importSigningKey(privateJwk)
  keys = importJwks({ keys: [publicJwk] })
})

const signed = (payload: object, typ = VOUCHER_TYP): string =>
  signJws(Buffer.from(JSON.stringify(payload)), signing, { typ })
const keysOf = (console: string) => (console === 'console' ? keys : [])
const verify = (jwt: string, more: { audience?: string; nowMs?: number } = {}) =>
  verifyVoucher(jwt, { audience, nowMs, keysOf, ...more })

describe('a voucher', () => {
  it('names the person, the role, the order, and the console that signed it', () => {
    const vouched = { person, role: 'operator', order: orderDigest(drop) }
    const jwt = signVoucher(vouched, signing, { console: 'console', audience, nowMs, jti: 'v1' })
    expect(verify(jwt)).toEqual({
      ...vouched,
      console: 'console',
      jti: 'v1',
      expMs: nowMs + 30_000,
    })
    expect(() => verify(jwt, { nowMs: nowMs + 32_000 })).toThrow(/expired/)
    expect(() => verify(jwt, { audience: 'https://other.example' })).toThrow(/audience/)
  })

  it('is taken as it is made by hand here: what is refused below is refused for its one fault', () => {
    expect(verify(signed(claims))).toMatchObject({ console: 'console', person })
  })

  const long = 'a'.repeat(PERSON_CHARS_MAX - person.iss.length + 1)
  const named = (more: object) => ({ sub_id: { ...claims.sub_id, ...more } })
  it.each([
    ['of a console that is not known', { iss: 'other' }],
    ['for another gateway', { aud: 'https://elsewhere.example' }],
    ['that has expired', { exp: nowMs / 1000 - 2 }],
    ['that lives longer than a minute', { exp: nowMs / 1000 + 63 }],
    ['that is not valid yet', { nbf: nowMs / 1000 + 10 }],
    ['without a jti', { jti: undefined }],
    ['of nobody', { sub_id: undefined }],
    ['that names a person in another form', named({ format: 'opaque' })],
    ['of a person without an issuer', named({ iss: '' })],
    ['of an issuer with a space, as which another could be meant', named({ iss: 'https://a b' })],
    ['of a person whose name hides', named({ sub: 'a\u202Eb' })],
    ['of a person with a line of their own', named({ sub: 'a\nb' })],
    ['of a person whose name is too long', named({ sub: long })],
    ['without a role', { role: undefined }],
    ['for every order', { order: undefined }],
  ])('is refused %s', (_, more) => {
    expect(() => verify(signed({ ...claims, ...more }))).toThrow(
      expect.objectContaining({ code: 'event.unauthentic' }),
    )
  })

  it.each(['jwt', 'secevent+jwt', 'at+jwt'])('is nothing that is signed as %s', (typ) => {
    expect(() => verify(signed(claims, typ))).toThrow(/another typ/)
  })

  it('is refused with the signature of another key under that name', async () => {
    const other = await generateKey('EdDSA', 'vouchers-1')
    const jwt = signJws(Buffer.from(JSON.stringify(claims)), importSigningKey(other.privateJwk), {
      typ: VOUCHER_TYP,
    })
    expect(() => verify(jwt)).toThrow(/does not verify/)
  })

  it('never appears in the message', () => {
    const jwt = signed({ ...claims, aud: 'x' })
    expect(() => verify(jwt)).not.toThrow(jwt.slice(0, 20))
  })
})

describe('an order', () => {
  it.each([
    ['method', { method: 'PUT' }],
    ['record', { path: '/v1/quarantine/2/drop' }],
    ['query', { path: '/v1/quarantine/1/drop?dryRun=true' }],
    ['body', { body: Buffer.from('{"reason":"y"}') }],
    ['begin of its body', { path: '/v1/quarantine/1/dro', body: Buffer.from('p{"reason":"x"}') }],
  ])('is another with another %s', (_, more) => {
    expect(orderDigest({ ...drop, ...more })).not.toBe(orderDigest(drop))
  })
})

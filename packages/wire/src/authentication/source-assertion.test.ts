import { beforeAll, describe, expect, it } from 'vitest'
import { SIGNERS_OF_KID_MAX, type Authenticity } from './authenticity.ts'
import { signBytes, signJws } from '../keys/jws.ts'
import { importJwks } from '../keys/jwks.ts'
import {
  generateKey,
  importSigningKey,
  type SignatureAlgorithm,
  type SigningKey,
} from '../keys/keys.ts'
import { verifySourceAssertion, verifySourceJws } from './source-assertion.ts'

const nowMs = 1_764_000_000_000
const audience = 'https://gateway.example'
const claims = { iss: 'hr', sub: 'hr', aud: audience, exp: nowMs / 1000 + 60, jti: 'a1' }
const bytes = (json: object): Uint8Array => Buffer.from(JSON.stringify(json))

let signing: ReadonlyMap<SignatureAlgorithm, SigningKey>
let keys: Authenticity

beforeAll(async () => {
  const algs = ['ES256', 'EdDSA', 'RS256'] as const
  const pairs = await Promise.all(algs.map((alg) => generateKey(alg, `hr-${alg}`)))
  const sourceKeys = importJwks({ keys: pairs.map(({ publicJwk }) => publicJwk) })
  signing = new Map(pairs.map(({ privateJwk }) => [privateJwk.alg, importSigningKey(privateJwk)]))
  const signers = sourceKeys.map((key) => ({ source: 'hr', key }))
  keys = {
    macKeys: [],
    sourceKeys: (source) => (source === 'hr' ? sourceKeys : []),
    signers: (kid) => signers.filter(({ key }) => key.kid === kid),
  }
})

function keyOf(alg: SignatureAlgorithm): SigningKey {
  const key = signing.get(alg)
  if (!key) throw new Error('no key')
  return key
}

const jwt = (payload: object, alg: SignatureAlgorithm = 'ES256', typ = 'JWT'): string =>
  signJws(bytes(payload), keyOf(alg), { typ })
/** Returns an assertion with more in its header, signed with ES256 whatever the header names. */
function withHeader(more: object): string {
  const key = keyOf('ES256')
  const part = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
  const input = `${part({ alg: 'ES256', kid: key.kid, typ: 'JWT', ...more })}.${part(claims)}`
  return `${input}.${signBytes(key, Buffer.from(input)).toString('base64url')}`
}
const verify = (token: string) => verifySourceAssertion(token, { audience, nowMs, keys })

describe('the assertion of a source', () => {
  it.each(['ES256', 'EdDSA', 'RS256'] as const)('is accepted with %s', async (alg) => {
    expect(await verify(jwt(claims, alg))).toEqual({
      source: 'hr',
      jti: 'a1',
      expMs: nowMs + 60_000,
      binding: { htm: undefined, htu: undefined, contentDigest: undefined },
    })
  })

  it.each([
    ['of an unknown source', { ...claims, iss: 'xx', sub: 'xx' }],
    ['whose sub is another', { ...claims, sub: 'iga' }],
    ['for another audience', { ...claims, aud: 'https://elsewhere.example' }],
    ['for another audience too', { ...claims, aud: [audience, 'https://elsewhere.example'] }],
    ['that has expired', { ...claims, exp: nowMs / 1000 - 2 }],
    ['that lives longer than a minute', { ...claims, exp: nowMs / 1000 + 63 }],
    ['that never expires', { ...claims, exp: 1e300 }],
    ['that is not valid yet', { ...claims, nbf: nowMs / 1000 + 10 }],
    ['without jti', { ...claims, jti: undefined }],
  ])('is refused %s', async (_, payload) => {
    await expect(verify(jwt(payload))).rejects.toMatchObject({ code: 'event.unauthentic' })
  })

  it('is refused where another kind of token was signed', async () => {
    await expect(verify(jwt(claims, 'ES256', 'secevent+jwt'))).rejects.toMatchObject({
      code: 'event.unauthentic',
    })
  })

  it('is refused with a header member that is not accepted, though its signature holds', async () => {
    await expect(verify(withHeader({ future: 'x' }))).rejects.toMatchObject({
      code: 'event.unauthentic',
      message: expect.stringMatching(/^the assertion has a header member that is not accepted/),
    })
    // Control: the same assertion with a member that is accepted.
    expect(await verify(withHeader({ x5t: 'x' }))).toMatchObject({ source: 'hr' })
  })

  it('is refused with the algorithm of another key', async () => {
    await expect(verify(withHeader({ alg: 'RS256' }))).rejects.toThrow(/names no key/)
  })

  it('is refused with a member that is there twice in its payload', async () => {
    const text = JSON.stringify(claims).replace('{', '{"iss":"iga",')
    const twice = signJws(Buffer.from(text), keyOf('ES256'), { typ: 'JWT' })
    await expect(verify(twice)).rejects.toThrow(/no strict JSON/)
  })

  it('never appears in the message', async () => {
    const token = jwt({ ...claims, aud: 'x' })
    await expect(verify(token)).rejects.not.toThrow(token.slice(0, 20))
  })
})

describe('a body that a source signed', () => {
  it('names its source as a SET and as a CloudEvent', async () => {
    const set = await verifySourceJws(jwt({ iss: 'hr' }, 'ES256', 'secevent+jwt'), keys)
    expect(set).toMatchObject({ source: 'hr', typ: 'secevent+jwt' })
    const event = await verifySourceJws(
      jwt({ source: 'hr' }, 'EdDSA', 'application/cloudevents+json'),
      keys,
    )
    expect(event).toMatchObject({ source: 'hr', typ: 'cloudevents+json' })
    expect(Buffer.from(event.payload).toString()).toBe('{"source":"hr"}')
  })

  it('is refused from another source, and where an assertion is passed off as an event', async () => {
    await expect(
      verifySourceJws(jwt({ iss: 'iga' }, 'ES256', 'secevent+jwt'), keys),
    ).rejects.toMatchObject({ code: 'event.unauthentic' })
    await expect(verifySourceJws(jwt(claims), keys)).rejects.toMatchObject({
      code: 'event.unauthentic',
    })
  })

  const SET = 'secevent+jwt'
  /** Changes the last character of a signature that counts. */
  const broken = (jws: string): string =>
    jws.replace(/(.)(.)$/, (_, a) => (a === 'A' ? 'BA' : 'AA'))

  it('is parsed only after its signature was verified', async () => {
    const text = signJws(Buffer.from('{"iss":'), keyOf('ES256'), { typ: SET })
    await expect(verifySourceJws(broken(text), keys)).rejects.toThrow(/does not verify/)
    // Control: the same bytes with a valid signature are parsed.
    await expect(verifySourceJws(text, keys)).rejects.toThrow(/holds no strict JSON/)
  })

  it('is refused with a kid that no source has, and with that of a key for another algorithm', async () => {
    const key = keyOf('ES256')
    const stranger = signJws(bytes({ iss: 'hr' }), { ...key, kid: 'nobody' }, { typ: SET })
    await expect(verifySourceJws(stranger, keys)).rejects.toThrow(/names no key of a source/)
    const other = signJws(bytes({ iss: 'hr' }), { ...key, kid: 'hr-RS256' }, { typ: SET })
    await expect(verifySourceJws(other, keys)).rejects.toThrow(/names no key of a source/)
  })

  it('is refused where sources cannot be found by kid', async () => {
    await expect(verifySourceJws(jwt({ iss: 'hr' }, 'ES256', SET), {})).rejects.toThrow(
      /names no key of a source/,
    )
  })

  it('belongs to the source whose key signed it, where several have a key of its kid', async () => {
    const mine = keyOf('ES256')
    const others = await Promise.all(
      Array.from({ length: SIGNERS_OF_KID_MAX }, () => generateKey('ES256', mine.kid)),
    )
    const crowd = others.map(({ publicJwk }, at) => {
      const [key = expect.unreachable()] = importJwks({ keys: [publicJwk] })
      return { source: `other-${at}`, key }
    })
    const own = keys.signers?.(mine.kid) ?? []
    const body = jwt({ iss: 'hr' }, 'ES256', SET)
    const among = (count: number) => ({ signers: () => [...crowd.slice(0, count), ...own] })
    const last = await verifySourceJws(body, among(SIGNERS_OF_KID_MAX - 1))
    expect(last.source).toBe('hr')
    // Control: no more sources are tried than the limit.
    await expect(verifySourceJws(body, among(SIGNERS_OF_KID_MAX))).rejects.toThrow(
      /does not verify/,
    )
    const asOther = jwt({ iss: 'other-0' }, 'ES256', SET)
    await expect(verifySourceJws(asOther, among(1))).rejects.toThrow(/does not name the source/)
  })
})

import { createHash } from 'node:crypto'
import { edgesIn, edgeWorld, type EdgesIn, type EdgeWorld } from '@freshet/testkit'
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
} from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Edge } from '../edge.ts'
import { dpop } from './dpop.ts'
import type { SenderProof } from './sender-proof.ts'

const HERE = 'https://pay.example/approve'
const hash = (text: string): string => createHash('sha256').update(text).digest('base64url')

interface Pair {
  readonly key: CryptoKey
  readonly jwk: JWK
  readonly secret: JWK
  readonly jkt: string
}

let pair: Pair
let other: Pair
let world: EdgeWorld
let edges: EdgesIn
let edge: Edge
let token: string

beforeAll(async () => {
  pair = await pairOf()
  other = await pairOf()
})

beforeEach(async () => {
  world = await edgeWorld()
  edges = edgesIn(world)
  edge = await edges.live({ proof: dpop({ urls: ['https://pay.example'] }) })
  token = world.token({ claims: { cnf: { jkt: pair.jkt } } })
})

afterEach(() => edges.closeAll())

async function pairOf(alg = 'ES256'): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  const jkt = await calculateJwkThumbprint(jwk)
  return { key: privateKey, jwk, secret: await exportJWK(privateKey), jkt }
}

interface Flaw {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly by?: CryptoKey
}

let jti = 0
const nowS = (): number => Math.floor(world.clock.nowMs() / 1_000)

/** A proof for `POST /approve`, with one thing wrong or none. */
function proofOf({ header, claims, by = pair.key }: Flaw = {}): Promise<string> {
  jti += 1
  const payload = { jti: `proof-${jti}`, htm: 'POST', htu: HERE, iat: nowS(), ath: hash(token) }
  return new SignJWT({ ...payload, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: pair.jwk, ...header })
    .sign(by)
}

/** The proof with its header replaced, and the signature left as it was. */
async function withHeader(header: object): Promise<string> {
  const [, body, signature] = (await proofOf()).split('.')
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), body, signature].join('.')
}

const POST = { scheme: 'DPoP', method: 'POST', url: '/approve?amount=5' } as const
const decide = (proof: SenderProof): ReturnType<Edge['decide']> => edge.decide({ token, proof })
const sent = (dpop_: SenderProof['dpop'], more: SenderProof = {}) =>
  decide({ ...POST, dpop: dpop_, ...more })
const INVALID = {
  decision: 'challenge',
  status: 401,
  code: 'proof.invalid',
  wwwAuthenticate:
    'DPoP error="invalid_dpop_proof", error_description="The DPoP proof is not valid", algs="ES256 ES384 PS256 EdDSA Ed25519"',
}

describe('a token bound by cnf.jkt, with a proof of its key', () => {
  it('is accepted by decide and by verify', async () => {
    expect(await sent(await proofOf())).toMatchObject({ decision: 'allow' })
    const proof = { ...POST, dpop: await proofOf() }
    expect((await edge.verify(token, { proof })).verdict).toEqual({ kind: 'fresh' })
  })

  it('needs a proof at each request, from the cache too', async () => {
    expect(await sent(await proofOf())).toMatchObject({ decision: 'allow' })
    expect(await sent(undefined)).toMatchObject(INVALID)
    await expect(edge.verify(token)).rejects.toMatchObject({ code: 'token.unproven' })
  })

  it('opens a session that goes on without further proofs', async () => {
    const { claims } = await edge.verify(token, { proof: { ...POST, dpop: await proofOf() } })
    const session = edge.signal(claims)
    await world.liveFor(120_000)
    expect(edge.judge(claims)).toEqual({ kind: 'fresh' })
    expect(session.aborted).toBe(false)
  })

  it('is refused by the scheme Bearer, whatever proof is beside it', async () => {
    const decision = await sent(await proofOf(), { scheme: 'Bearer' })
    expect(decision).toMatchObject({ status: 401, code: 'token.unproven' })
    expect(decision.wwwAuthenticate).toContain('DPoP error="invalid_token"')
    expect(decision.wwwAuthenticate).toContain('algs="ES256')
  })

  it.each([
    ['another member too', { 'x5t#S256': 'thumbprint' }],
    ['a member of the future too', { future: 'x' }],
    ['a key that is an object too', { jwk: {} }],
  ])('is refused where cnf has %s, which no hook verifies', async (_, more) => {
    token = world.token({ claims: { cnf: { jkt: pair.jkt, ...more } } })
    expect(await sent(await proofOf())).toMatchObject({ status: 401, code: 'token.unproven' })
  })

  it('an unbound token is refused by the scheme DPoP, and accepted by the scheme Bearer', async () => {
    token = world.token()
    expect(await sent(await proofOf())).toMatchObject({ status: 401, code: 'token.invalid' })
    const proof = { ...POST, dpop: await proofOf() }
    await expect(edge.verify(token, { proof })).rejects.toMatchObject({ code: 'token.invalid' })
    expect(await decide({ scheme: 'Bearer' })).toMatchObject({ decision: 'allow' })
    expect(await edge.decide({ token })).toMatchObject({ decision: 'allow' })
  })
})

/** The checks of RFC 9449 §4.3 by their number: the fault, a request with it, and the rule that the edge names. */
const checks: readonly (readonly [string, () => Promise<readonly [SenderProof, RegExp]>])[] = [
  [
    '1: two DPoP headers in a list',
    async () => [{ dpop: [await proofOf(), await proofOf()] }, /exactly one DPoP header/],
  ],
  [
    '1: two DPoP headers joined by a comma',
    async () => [{ dpop: `${await proofOf()}, ${await proofOf()}` }, /one well-formed JWT/],
  ],
  ['1: no DPoP header', async () => [{}, /exactly one DPoP header/]],
  ['2: no JWT', async () => [{ dpop: 'a.b' }, /one well-formed JWT/]],
  ['2: a payload that is no JSON', async () => [{ dpop: await torn() }, /one well-formed JWT/]],
  ['2: a header with a member twice', async () => [{ dpop: await doubled() }, /well-formed JWT/]],
  ...['jti', 'htm', 'htu', 'iat', 'ath'].map(
    (name) =>
      [
        `3: no ${name}`,
        async () =>
          [
            { dpop: await proofOf({ claims: { [name]: undefined } }) },
            new RegExp(`claim ${name}`),
          ] as const,
      ] as const,
  ),
  ['3: a jti that is no text', flaw({ claims: { jti: 7 } }, /claim jti/)],
  ['3: an iat that is no number', flaw({ claims: { iat: 'now' } }, /claim iat/)],
  ['4: another typ', flaw({ header: { typ: 'JWT' } }, /typ dpop\+jwt/)],
  ['4: no typ', flaw({ header: { typ: undefined } }, /typ dpop\+jwt/)],
  [
    '5: alg none',
    async () => {
      const header = { typ: 'dpop+jwt', alg: 'none', jwk: pair.jwk }
      return [{ dpop: await withHeader(header) }, /alg ES256/]
    },
  ],
  [
    '5: a symmetric alg',
    async () => {
      const header = { typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }
      return [{ dpop: await withHeader(header) }, /alg ES256/]
    },
  ],
  [
    '5: an alg that is not on the list',
    async () => {
      const header = { typ: 'dpop+jwt', alg: 'RS256', jwk: pair.jwk }
      return [{ dpop: await withHeader(header) }, /alg ES256/]
    },
  ],
  ['6: the signature of another key', async () => [{ dpop: await by(other.key) }, /a signature/]],
  ['7: a private key in jwk', async () => [{ dpop: await withSecret() }, /no private key/]],
  ['7: no key in jwk', flaw({ header: { jwk: undefined } }, /a public key/)],
  ['8: htm of another method', flaw({ claims: { htm: 'GET' } }, /htm of this request/)],
  ['8: htm in other letters', flaw({ claims: { htm: 'post' } }, /htm of this request/)],
  ['9: htu of another path', flaw({ claims: { htu: `${HERE}s` } }, /htu of this request/)],
  ['9: htu of another host', flaw({ claims: { htu: 'https://b.example/approve' } }, /htu of/)],
  ['9: htu of another scheme', flaw({ claims: { htu: 'http://pay.example/approve' } }, /htu of/)],
  ['9: htu of another port', flaw({ claims: { htu: 'https://pay.example:8443/approve' } }, /htu/)],
  ['9: htu that is a path', flaw({ claims: { htu: '/approve' } }, /htu of this request/)],
  [
    '11: iat too long ago',
    async () => [{ dpop: await proofOf({ claims: { iat: nowS() - 60 } }) }, /iat at most 60 s ago/],
  ],
  [
    '11: iat in the future',
    async () => [{ dpop: await proofOf({ claims: { iat: nowS() + 6 } }) }, /not in the future/],
  ],
  ['12: ath of another token', flaw({ claims: { ath: hash('another') } }, /ath of this/)],
]

function flaw(flawed: Flaw, rule: RegExp) {
  return async () => [{ dpop: await proofOf(flawed) }, rule] as const
}

const by = (key: CryptoKey): Promise<string> => proofOf({ by: key })
const withSecret = (): Promise<string> => proofOf({ header: { jwk: pair.secret } })

async function torn(): Promise<string> {
  const [header, , signature] = (await proofOf()).split('.')
  return [header, Buffer.from('no json').toString('base64url'), signature].join('.')
}

async function doubled(): Promise<string> {
  const [header = '', body, signature] = (await proofOf()).split('.')
  const text = Buffer.from(header, 'base64url').toString().replace('{', '{"typ":"dpop+jwt",')
  return [Buffer.from(text).toString('base64url'), body, signature].join('.')
}

describe('a proof is refused by RFC 9449 §4.3', () => {
  it.each(checks)('%s', async (_, make) => {
    const [proof, rule] = await make()
    const decision = await decide({ ...POST, ...proof })
    expect(decision).toMatchObject(INVALID)
    expect(decision.detail).toMatch(rule)
    expect(decision.detail).not.toContain(token)
  })

  it('10: no nonce where the edge asks for one, an old one, and another one', async () => {
    await edges.closeAll()
    const nonceSecret = new Uint8Array(32).fill(7)
    edge = await edges.live({ proof: dpop({ urls: ['https://pay.example'], nonceSecret }) })
    token = world.token({ claims: { cnf: { jkt: pair.jkt } } })
    const first = await sent(await proofOf())
    expect(first).toMatchObject({ status: 401, code: 'proof.nonce' })
    expect(first.wwwAuthenticate).toContain('DPoP error="use_dpop_nonce"')
    expect(edge.refusal(first).headers['dpop-nonce']).toBe(first.dpopNonce)
    const { dpopNonce: nonce } = first
    expect(await sent(await proofOf({ claims: { nonce } }))).toMatchObject({ decision: 'allow' })
    const another = await proofOf({ claims: { nonce: 'another' } })
    expect(await sent(another)).toMatchObject({ code: 'proof.nonce' })
    await world.liveFor(120_000)
    expect(await sent(await proofOf({ claims: { nonce } }))).toMatchObject({ code: 'proof.nonce' })
  })

  it('12: a key that the token is not bound to', async () => {
    const theirs = await proofOf({ header: { jwk: other.jwk }, by: other.key })
    expect(await sent(theirs)).toMatchObject({ status: 401, code: 'token.unproven' })
  })

  it('§11.1: a proof that was used before, and another proof with its jti', async () => {
    const proof = await proofOf()
    expect(await sent(proof)).toMatchObject({ decision: 'allow' })
    const again = await sent(proof)
    expect(again).toMatchObject(INVALID)
    expect(again.detail).toMatch(/jti that is used once/)
    await world.liveFor(30_000)
    const reused = await proofOf({ claims: { jti: `proof-${jti}` } })
    expect(await sent(reused)).toMatchObject(INVALID)
  })
})

describe('a proof is accepted', () => {
  it.each([
    ['with query and fragment in htu', `${HERE}?a=b#c`, '/approve'],
    [
      'with other letters and the default port in htu',
      'HTTPS://PAY.example:443/approve',
      '/approve',
    ],
    ['with escapes that mean the same', 'https://pay.example/%61pprove/%c3%a9', '/approve/%C3%A9'],
    ['with dots in its path', 'https://pay.example/a/../approve', '/approve'],
    ['with a target in absolute form, whose host a client chooses', HERE, 'http://evil/approve'],
  ])('%s', async (_, htu, url) => {
    expect(await sent(await proofOf({ claims: { htu } }), { url })).toMatchObject({
      decision: 'allow',
    })
  })

  it.each([59, -5])('made %i s before, by the clock of the client', async (age) => {
    const dated = await proofOf({ claims: { iat: nowS() - age } })
    expect(await sent(dated)).toMatchObject({ decision: 'allow' })
  })

  it.each(['ES384', 'PS256', 'EdDSA', 'Ed25519'])('a key for %s signs it', async (alg) => {
    const { key, jwk, jkt } = await pairOf(alg)
    token = world.token({ claims: { cnf: { jkt } } })
    expect(await sent(await proofOf({ header: { alg, jwk }, by: key }))).toMatchObject({
      decision: 'allow',
    })
  })
})

describe('challenges of an edge that verifies DPoP proofs', () => {
  it('name the scheme and the algorithms where a request has no token (RFC 9449 §7.1)', async () => {
    const { wwwAuthenticate } = await edge.decide({ token: undefined })
    expect(wwwAuthenticate).toBe('Bearer, DPoP algs="ES256 ES384 PS256 EdDSA Ed25519"')
  })

  it('of a bound token that lacks something have the scheme DPoP and the algorithms', async () => {
    const proof = { ...POST, dpop: await proofOf() }
    const decision = await edge.decide({ token, proof, require: { groups: ['auditors'] } })
    expect(decision).toMatchObject({ status: 403 })
    expect(decision.wwwAuthenticate).toMatch(/^DPoP error="insufficient_scope".*algs="ES256/)
  })
})

describe('options that cannot be meant', () => {
  it.each([
    { urls: [] },
    { urls: ['pay.example'] },
    { urls: ['https://user@pay.example'] },
    { urls: ['https://pay.example?a=b'] },
    { urls: ['https://pay.example'], algs: [] },
    { urls: ['https://pay.example'], ageMaxMs: 300_001 },
    { urls: ['https://pay.example'], aheadMaxMs: -1 },
    { urls: ['https://pay.example'], proofsMax: 1 },
    { urls: ['https://pay.example'], nonceSecret: new Uint8Array(31) },
  ])('%j', (options) => {
    expect(() => dpop(options)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
  })

  it('two hooks for one member of cnf', async () => {
    const hook = dpop({ urls: ['https://pay.example'] })
    await expect(edges.start({ proof: [hook, hook] })).rejects.toMatchObject({
      code: 'config.invalid',
    })
  })
})

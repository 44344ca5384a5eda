import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { IdentityProvider } from '@freshet/protocol'
import {
  generateKey,
  importSigningKey,
  KEYS_COOLDOWN_MS,
  PublishedKeySets,
  type NamedJwk,
  type SigningKey,
} from '@freshet/wire'
import { ManualClock, signToken } from '@freshet/testkit'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { verifyIdentityToken, type IdentityToken } from './subject-token.ts'

const US = 'https://tokens.example'
const HOUR_S = 3_600
const DAY_S = 86_400
let signing: readonly SigningKey[]
let publicKeys: readonly NamedJwk[]
let encryption: object
let clock: ManualClock
let server: Server
let issuer: string
let documents: Map<string, unknown>
let requests: string[]
let sets: PublishedKeySets
let provider: IdentityProvider

beforeAll(async () => {
  const made = await Promise.all(['idp-1', 'idp-2'].map((kid) => generateKey('RS256', kid)))
  signing = made.map(({ privateJwk }) => importSigningKey(privateJwk))
  publicKeys = made.map(({ publicJwk }) => publicJwk)
  encryption = { ...publicKeys[1], kid: 'enc', use: 'enc', alg: 'RSA-OAEP' }
})

beforeEach(async () => {
  clock = new ManualClock()
  requests = []
  server = createServer(({ url = '' }, response) => {
    requests.push(url)
    response.statusCode = documents.has(url) ? 200 : 503
    response.end(JSON.stringify(documents.get(url) ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/acme`
  documents = new Map<string, unknown>([
    ['/realms/acme/.well-known/openid-configuration', { issuer, jwks_uri: `${issuer}/certs` }],
    ['/realms/acme/certs', { keys: [encryption, { ...publicKeys[0], alg: undefined }] }],
  ])
  sets = new PublishedKeySets({ fetch, timer: clock, setsMax: 8, inForce: () => [] })
  const published = { metadata: 'openid-configuration', keptMs: HOUR_S * 1_000 } as const
  provider = { issuer, published, audiences: ['web'], maxLifeMs: HOUR_S * 1_000 }
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const nowS = (): number => Math.floor(clock.nowMs() / 1_000)
function token(more: object = {}, key = 0): string {
  const by = signing[key]
  if (by === undefined) throw new Error('no such key')
  const body = { iss: issuer, sub: 'alice', aud: 'web', iat: nowS(), exp: nowS() + HOUR_S, ...more }
  return signToken({ typ: 'JWT', alg: 'RS256', kid: by.kid }, body, by)
}
const check = (jwt: string, more: Partial<IdentityProvider> = {}): Promise<IdentityToken> =>
  verifyIdentityToken(jwt, {
    providers: [{ ...provider, ...more }],
    keys: { identityProviderKeys: () => [], publishedKeys: sets },
    audience: US,
    presents: ['web'],
    clock,
    what: 'subject token',
  })

describe('an ID token of a provider that publishes its keys', () => {
  it('is verified by them, as its metadata names them; a key for encryption disturbs nothing', async () => {
    expect(await check(token())).toMatchObject({ iss: issuer, sub: 'alice' })
    expect(requests).toEqual([
      '/realms/acme/.well-known/openid-configuration',
      '/realms/acme/certs',
    ])
  })

  it('by a new key is accepted after one reading, at most once in a cooldown', async () => {
    await check(token())
    documents.set('/realms/acme/certs', { keys: publicKeys })
    await expect(check(token({}, 1))).rejects.toThrow(/not signed/)
    await clock.advance(KEYS_COOLDOWN_MS)
    const found = await Promise.all([1, 2, 3].map(() => check(token({}, 1))))
    expect([found.length, requests.length]).toEqual([3, 4])
  })

  it('is refused as temporarily unavailable while its keys cannot be read, not as invalid', async () => {
    const { size } = documents
    documents.clear()
    await expect(check(token())).rejects.toMatchObject({ code: 'keys.unavailable' })
    expect(size).toBe(2)
  })

  it.each([
    [
      'metadata names another issuer',
      () => ({ issuer: 'https://evil.example', jwks_uri: `${issuer}/certs` }),
    ],
    ['metadata names keys elsewhere', () => ({ issuer, jwks_uri: 'http://127.0.0.1:1/certs' })],
  ])('is refused where %s', async (_, metadata) => {
    documents.set('/realms/acme/.well-known/openid-configuration', metadata())
    await expect(check(token())).rejects.toMatchObject({ code: 'keys.unavailable' })
  })

  it('is refused with the reason if no published key verifies it', async () => {
    documents.set('/realms/acme/certs', { keys: [encryption] })
    await expect(check(token())).rejects.toThrow(/enc: it is not for signatures/)
  })

  it('reads no keys for an algorithm that no key has', async () => {
    const [head = '', ...rest] = token().split('.')
    const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as object
    for (const alg of ['none', 'HS256', 'PS256']) {
      const other = Buffer.from(JSON.stringify({ ...header, alg })).toString('base64url')
      await expect(check([other, ...rest].join('.'))).rejects.toThrow(/not signed/)
    }
    expect(requests).toEqual([])
  })

  it('of a provider with a key file is not verified by published keys', async () => {
    await expect(check(token(), { keys: 'idp.jwks.json' })).rejects.toThrow(/not signed/)
  })
})

describe('the life of a token', () => {
  it('is bounded by maxLife, from iat to exp, and what is exchanged for it ends with it', async () => {
    expect(await check(token())).toMatchObject({
      life: { iatMs: nowS() * 1_000, expMs: (nowS() + HOUR_S) * 1_000 },
    })
    await expect(check(token({ exp: nowS() + HOUR_S + 1 }))).rejects.toThrow(/too long/)
    const old = { iat: nowS() - HOUR_S, exp: nowS() + 60 }
    await expect(check(token(old))).rejects.toThrow(/too long/)
    await expect(check(token({ iat: nowS() - HOUR_S, exp: nowS() }))).rejects.toThrow(/expired/)
  })

  it('control: without maxLife it is five minutes', async () => {
    const { maxLifeMs: _, ...brief } = provider
    provider = brief
    await expect(check(token())).rejects.toThrow(/too long/)
    expect((await check(token({ exp: nowS() + 300 }))).life).toBeUndefined()
  })

  it('is a day at most, also without maxLife: the denial of a token is kept no longer', async () => {
    const { maxLifeMs: _, ...brief } = provider
    provider = brief
    const exp = nowS() + 60
    await check(token({ iat: exp - DAY_S, exp }))
    await expect(check(token({ iat: exp - DAY_S - 1, exp }))).rejects.toThrow(/too long/)
  })
})

describe('the names by which a token can be denied', () => {
  it('are its jti, the claim of the registry, or the hash of what is signed', async () => {
    const ids = async (more: object, idClaim?: string) =>
      (await check(token(more), idClaim === undefined ? {} : { idClaim })).ids
    expect(await ids({ jti: 'j1' })).toEqual(['j1'])
    expect(await ids({ uti: 'u1' }, 'uti')).toEqual(['u1'])
    expect(await ids({ jti: 'j1', uti: 'u1' }, 'uti')).toEqual(['j1', 'u1'])
    const [hash] = await ids({ nonce: 'n1' })
    expect(hash).toMatch(/^sha256:[\w-]{43}$/)
    expect(await ids({ nonce: 'n1' }, 'uti')).toEqual([hash])
    expect(await ids({ nonce: 'n2' })).not.toEqual([hash])
  })
})

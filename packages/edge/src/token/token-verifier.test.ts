import { FreshetError } from '@freshet/protocol'
import { generateKey, importSigningKey, type SigningKey } from '@freshet/wire'
import {
  EDGE_AUDIENCE,
  EDGE_ISSUER,
  edgeWorld,
  hostileTokens,
  signToken,
  type EdgeWorld,
} from '@freshet/testkit'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ForeignKeys } from '../keys/foreign-keys.ts'
import { KeyRing } from '../keys/key-ring.ts'
import { TokenVerifier } from './token-verifier.ts'

const LIMITS = { verifiedTokens: 4, verifiedTokenBytes: 1_000_000 }
let world: EdgeWorld
let stranger: SigningKey
let verifier: TokenVerifier
let stop: AbortController

beforeAll(async () => {
  world = await edgeWorld()
  const { privateJwk } = await generateKey('ES256', 'token-1')
  stranger = importSigningKey(privateJwk)
})

beforeEach(async () => {
  const keys = new KeyRing(
    async () => world.keys,
    world.clock,
    () => undefined,
    () => 0,
  )
  const foreign = noForeignKeys()
  stop = new AbortController()
  void keys.run(stop.signal)
  await world.clock.advance(0)
  verifier = new TokenVerifier(
    {
      issuer: EDGE_ISSUER,
      audience: EDGE_AUDIENCE,
      tokenLifeMaxMs: 3_600_000,
      timer: world.clock,
      limits: LIMITS,
    },
    { own: keys, foreign },
  )
})

function noForeignKeys(): ForeignKeys {
  return new ForeignKeys({
    fetch: () => Promise.reject(new Error('nothing is to be read')),
    timer: world.clock,
    issuers: () => undefined,
    onGone: () => undefined,
  })
}

/** A door over a key that the test removes, as a ring does: the set changes, then the ring reports it. */
function verifierOverOneKey(): {
  readonly verifier: TokenVerifier
  readonly takeAway: () => void
} {
  let [key] = world.keys.tokens
  const settings = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE, tokenLifeMaxMs: 3_600_000 }
  const own = { isLoaded: true, find: () => key }
  const made = new TokenVerifier(
    { ...settings, timer: world.clock, limits: LIMITS },
    { own, foreign: noForeignKeys() },
  )
  const takeAway = (): void => {
    key = undefined
    made.forget()
  }
  return { verifier: made, takeAway }
}

const nowS = (): number => Math.floor(world.clock.nowMs() / 1_000)

/** Refused: with one code, naming the rule and nothing of the token. */
async function refuses(jwt: string, rule: RegExp): Promise<void> {
  const error: unknown = await verifier.accept(jwt).then(
    () => 'accepted',
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'token.invalid' })
  expect((error as Error).message).toMatch(rule)
  const parts = jwt.split('.').filter((part) => part.length > 8)
  for (const part of parts) expect((error as Error).message).not.toContain(part)
  expect(verifier.size).toBe(0)
}

describe('an acceptable token', () => {
  it('is read, remembered and given back the same', async () => {
    const jwt = world.token({ claims: { scope: 'a b' } })
    const first = await verifier.accept(jwt)
    expect(first).toMatchObject({ audiences: [EDGE_AUDIENCE], scope: 'a b', issuer: EDGE_ISSUER })
    expect(verifier.seen(jwt)).toBe(first)
  })

  it('is remembered by its whole text, not by its signature', async () => {
    const jwt = world.token()
    await verifier.accept(jwt)
    const [, payload = '', signature = ''] = jwt.split('.')
    const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'token-1' }))
    const other = `${header.toString('base64url')}.${payload}.${signature}`
    expect(verifier.seen(other)).toBeUndefined()
    await expect(verifier.accept(other)).rejects.toMatchObject({ code: 'token.invalid' })
  })

  it('is remembered within a bound, and the ones in use stay', async () => {
    const used = world.token()
    await verifier.accept(used)
    for (let i = 0; i < 20; i++) {
      await verifier.accept(world.token())
      expect(verifier.seen(used)).toBeDefined()
    }
    expect(verifier.size).toBeLessThanOrEqual(4)
  })

  it('is no longer accepted from the second in which it expires', async () => {
    const jwt = world.token({ claims: { iat: nowS(), exp: nowS() + 1 } })
    await verifier.accept(jwt)
    await world.clock.advance(1_000)
    expect(verifier.seen(jwt)).toBeUndefined()
    await expect(verifier.accept(jwt)).rejects.toMatchObject({ code: 'token.invalid' })
  })
})

describe('before any cryptography a token is refused', () => {
  const edit = (change: (parts: string[]) => string[]): string =>
    change(world.token().split('.')).join('.')

  it('that has another form', async () => {
    await refuses('', /three base64url parts/)
    await refuses(
      edit(([h = '', p = '', s = '']) => [h, p, s, '']),
      /three/,
    )
    await refuses(
      edit(([h = '', p = '', s = '']) => [`${h} `, p, s]),
      /three/,
    )
    await refuses(
      edit(([h = '', p = '', s = '']) => [h, p, `${s}==`]),
      /three/,
    )
    await refuses(
      edit(([h = '', p = '', s = '']) => [h, p, s.slice(0, -1)]),
      /canonical|signature of ES256/,
    )
  })

  it('a signature with spare bits in its last character: 15 of 63 variants would decode alike', async () => {
    const jwt = world.token()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const variants = alphabet.split('').map((last) => jwt.slice(0, -1) + last)
    const accepted = await Promise.all(
      variants.map((each) =>
        verifier.accept(each).then(
          () => each === jwt,
          () => each !== jwt,
        ),
      ),
    )
    expect(accepted.every(Boolean)).toBe(true)
  })

  it('that is longer than 8 kB', async () => {
    await refuses(world.token({ claims: { note: 'x'.repeat(8_192) } }), /at most 8 kB/)
  })

  it.each([
    ['typ', { typ: 'JWT' }, /typ at\+jwt/],
    ['no typ', { typ: undefined }, /typ at\+jwt/],
    ['alg none', { alg: 'none' }, /alg ES256/],
    ['alg RS256, which tokens of others have', { alg: 'RS256' }, /alg ES256/],
    ['a kid with a path', { kid: '../../etc/passwd' }, /a kid of plain characters/],
    ['a member that is not accepted', { future: 'x' }, /no header member beside alg, kid, typ/],
  ])('by header: %s', async (_, header, rule) => {
    await refuses(world.token({ header }), rule)
  })

  it('control: members that are accepted', async () => {
    const header = { x5t: 'x', 'x5t#S256': 'x', typ: 'application/at+jwt' }
    expect(await verifier.accept(world.token({ header }))).toMatchObject({ issuer: EDGE_ISSUER })
  })

  it('that repeats a member in header or payload', async () => {
    const header = '{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"token-1"}'
    await refuses(signToken(header, {}, world.tokenKey), /header of strict JSON/)
    const plain = { typ: 'at+jwt', alg: 'ES256', kid: 'token-1' }
    await refuses(signToken(plain, '{"iss":"a","iss":"b"}', world.tokenKey), /payload of strict/)
    await refuses(signToken(plain, '[]', world.tokenKey), /payload of strict JSON/)
  })
})

describe('a token string of any other kind', () => {
  const read = (part = ''): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>

  it('is refused, also after the good token that it was made of was verified', async () => {
    const good = world.token()
    const [header, payload] = good.split('.')
    const parts = { header: read(header), payload: read(payload), key: world.tokenKey }
    await verifier.accept(good)
    const accepted: string[] = []
    for (const [name, jwt] of hostileTokens(parts)) {
      if (verifier.seen(jwt) !== undefined) accepted.push(`${name}, without verifying`)
      const isRefused = await verifier.accept(jwt).then(
        () => false,
        (error: unknown) => error instanceof FreshetError && error.code === 'token.invalid',
      )
      if (!isRefused) accepted.push(name)
    }
    expect(accepted).toEqual([])
    expect(verifier.size).toBe(1)
  })
})

describe('by its signature a token is refused', () => {
  it('of another key of the same name, of an unknown key, and of a checkpoint key', async () => {
    await refuses(world.token({ key: stranger }), /signature by the issuer/)
    await refuses(world.token({ header: { kid: 'token-9' } }), /kid of the issuer/)
    await refuses(world.token({ header: { kid: 'checkpoint-1' } }), /kid of the issuer/)
  })

  it('never remembered: the same token is refused again', async () => {
    const jwt = world.token({ key: stranger })
    await refuses(jwt, /signature/)
    await refuses(jwt, /signature/)
  })
})

describe('by its claims a token is refused', () => {
  it.each([
    ['another issuer', () => ({ iss: 'https://evil.example' }), /iss/],
    ['no exp', () => ({ exp: undefined }), /exp in whole seconds/],
    ['exp beyond exact numbers', () => ({ exp: 2 ** 53 - 1 }), /exp in whole seconds/],
    ['a fraction', () => ({ exp: nowS() + 0.5 }), /exp in whole seconds/],
    ['exp before iat', () => ({ iat: nowS(), exp: nowS() }), /exp after iat/],
    ['iat in the future', () => ({ iat: nowS() + 3, exp: nowS() + 9 }), /iat not in the future/],
    ['nbf in the future', () => ({ nbf: nowS() + 3 }), /nbf/],
    ['no audience', () => ({ aud: [] }), /aud/],
    ['no label', () => ({ freshet: undefined }), /./],
    ['a label beyond exact numbers', () => ({ freshet: huge }), /label of exact numbers/],
  ])('%s', async (_, claims, rule) => {
    await refuses(world.token({ claims: claims() }), rule)
  })

  const huge = { e: '1', s: '9007199254740993', c: '1', pv: 1, tenant: 'acme' }

  it('rule 25: a life longer than T_max, however it is signed', async () => {
    await refuses(world.token({ claims: { exp: nowS() + 3_601 } }), /within the longest life/)
    await verifier.accept(world.token({ claims: { exp: nowS() + 3_600 } }))
  })

  it('another audience, without forgetting that it was verified', async () => {
    const jwt = world.token({ claims: { aud: 'ledger' } })
    await expect(verifier.accept(jwt)).rejects.toThrow(/aud of this resource server/)
    expect(await verifier.accept(jwt, 'ledger')).toBe(verifier.seen(jwt, 'ledger'))
  })
})

describe('a key that leaves its set while a token waits for it', () => {
  it('accepts no token and leaves none in the cache', async () => {
    const { verifier: one, takeAway } = verifierOverOneKey()
    const jwt = world.token()
    const waiting = one.accept(jwt)
    takeAway()
    await expect(waiting).rejects.toThrow(/a kid of the issuer/)
    expect(one.seen(jwt)).toBeUndefined()
    expect(one.size).toBe(0)
  })

  it('control: without a change the token is accepted and remembered', async () => {
    const { verifier: one } = verifierOverOneKey()
    const jwt = world.token()
    await one.accept(jwt)
    expect(one.seen(jwt)).toBeDefined()
  })

  it('is given up after three changes in a row', async () => {
    const [key] = world.keys.tokens
    const find = (): typeof key => {
      void Promise.resolve().then(() => one.forget())
      return key
    }
    const settings = { issuer: EDGE_ISSUER, audience: EDGE_AUDIENCE, tokenLifeMaxMs: 3_600_000 }
    const one: TokenVerifier = new TokenVerifier(
      { ...settings, timer: world.clock, limits: LIMITS },
      { own: { isLoaded: true, find }, foreign: noForeignKeys() },
    )
    await expect(one.accept(world.token())).rejects.toMatchObject({ code: 'keys.unavailable' })
    expect(one.size).toBe(0)
  })
})

describe('claims of our own issuer that a library has verified', () => {
  const payloadOf = (jwt: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<
      string,
      unknown
    >
  const header = { typ: 'at+jwt', alg: 'ES256', kid: 'token-1' }

  it.each([
    ['typ JWT', { ...header, typ: 'JWT' }, /typ at\+jwt/],
    ['no typ', { alg: 'ES256', kid: 'token-1' }, /typ at\+jwt/],
    ['alg HS256', { ...header, alg: 'HS256' }, /alg ES256/],
    ['no alg', { typ: 'at+jwt', kid: 'token-1' }, /alg ES256/],
    ['crit', { ...header, crit: ['exp'] }, /no header member beside/],
    ['a member that is not accepted', { ...header, future: 'x' }, /no header member beside/],
    ['an unknown kid', { ...header, kid: 'token-9' }, /kid of the issuer/],
    ['the kid of a checkpoint key', { ...header, kid: 'checkpoint-1' }, /kid of the issuer/],
  ])('are refused with %s', async (_, other, rule) => {
    await expect(verifier.acceptClaims(payloadOf(world.token()), other)).rejects.toThrow(rule)
  })

  it('are accepted with the header of an access token, and share nothing with the library', async () => {
    const claims = payloadOf(world.token())
    const verified = await verifier.acceptClaims(claims, { ...header, x5t: 'x' })
    ;(claims['groups'] as string[]).push('owners')
    expect(verified.token.claims.get('groups')).toEqual(['payments-approvers', 'staff'])
    expect(verified.payload['groups']).toEqual(['payments-approvers', 'staff'])
  })
})

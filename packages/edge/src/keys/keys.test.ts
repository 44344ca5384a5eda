import { ManualClock } from '@freshet/testkit'
import { generateKey, type Fetch, type NamedJwk } from '@freshet/wire'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { discoverShared } from '../options.ts'
import { discoverKeys, metadataUrl, type KeySets } from './discover-keys.ts'
import { KeyRing } from './key-ring.ts'

const ISSUER = 'https://tokens.example/acme'
const METADATA = 'https://tokens.example/.well-known/oauth-authorization-server/acme'
const TOKENS = 'https://tokens.example/jwks.json'
const CHECKPOINTS = 'https://tokens.example/.well-known/freshet-checkpoints.jwks.json'

let clock: ManualClock
let token: NamedJwk
let checkpoint: NamedJwk
let pages: Map<string, unknown>
let fetched: string[]

beforeAll(async () => {
  token = (await generateKey('ES256', 't1')).publicJwk
  checkpoint = (await generateKey('EdDSA', 'c1')).publicJwk
})

beforeEach(() => {
  clock = new ManualClock()
  fetched = []
  pages = new Map<string, unknown>([
    [METADATA, { issuer: ISSUER, jwks_uri: TOKENS }],
    [TOKENS, { keys: [token] }],
    [CHECKPOINTS, { keys: [checkpoint] }],
  ])
})

const fetch: Fetch = async (url, { redirect }) => {
  expect(redirect).toBe('error')
  fetched.push(url)
  const page = pages.get(url)
  if (page === undefined) return { status: 404, body: null }
  const text = typeof page === 'string' ? page : JSON.stringify(page)
  return { status: 200, body: chunks(text) }
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += 1_000) yield Buffer.from(text.slice(at, at + 1_000))
}

const discover = (): Promise<KeySets> => discoverKeys(ISSUER, fetch, clock)

describe('discovery', () => {
  it('finds both key sets by the metadata of the issuer', async () => {
    const keys = await discover()
    expect(keys.tokens.map(({ kid }) => kid)).toEqual(['t1'])
    expect(keys.checkpoints.map(({ kid }) => kid)).toEqual(['c1'])
    expect(fetched[0]).toBe(METADATA)
  })

  it('finds the keys of its own issuer beside one of a kind that this build does not know', async () => {
    const future = { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AA', kid: 'next', use: 'sig' }
    pages.set(TOKENS, { keys: [future, token] })
    const ring = new KeyRing(
      discover,
      clock,
      () => undefined,
      () => 0.5,
    )
    expect(await ring.find('tokens', 't1')).toMatchObject({ kid: 't1', alg: 'ES256' })
    expect(await ring.find('tokens', 'next')).toBeUndefined()
    // A set of such keys alone is an error, and takes nothing from the keys that are held.
    pages.set(TOKENS, { keys: [future] })
    await expect(discover()).rejects.toMatchObject({ code: 'keys.unavailable' })
  })

  it('takes the address of the checkpoint keys from the metadata where it names one', async () => {
    const named = 'https://tokens.example/checkpoints'
    const metadata = { issuer: ISSUER, jwks_uri: TOKENS, freshet_checkpoints_jwks_uri: named }
    pages.set(METADATA, metadata).set(named, { keys: [] })
    expect((await discover()).checkpoints).toEqual([])
  })

  it.each([
    ['metadata of another issuer', METADATA, { issuer: 'https://evil.example', jwks_uri: TOKENS }],
    ['a key set elsewhere', METADATA, { issuer: ISSUER, jwks_uri: 'https://evil.example/jwks' }],
    ['a key set without TLS', METADATA, { issuer: ISSUER, jwks_uri: 'http://tokens.example/j' }],
    ['no key set', METADATA, { issuer: ISSUER }],
    ['what is no JSON', TOKENS, '<html>'],
    ['what is no key set', TOKENS, { keys: [{ kty: 'oct', k: 'AA' }] }],
    ['a page too long', TOKENS, `{"keys":[],"x":"${'x'.repeat(70_000)}"}`],
    ['a missing page', TOKENS, undefined],
  ])('refuses %s', async (_, url, page) => {
    pages.set(url, page)
    await expect(discover()).rejects.toMatchObject({ code: 'keys.unavailable' })
  })

  it('gives up after five seconds', async () => {
    const hanging: Fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
      })
    const failed = discoverKeys(ISSUER, hanging, clock).catch((error: unknown) => error)
    await clock.advance(5_000)
    expect(await failed).toMatchObject({ code: 'keys.unavailable' })
  })

  it.each(['http://tokens.example', 'ftp://x', 'tokens', 'https://a?b', 'https://a#b'])(
    'takes %s for no issuer',
    (issuer) => {
      expect(() => metadataUrl(issuer)).toThrow(/issuer/)
    },
  )

  it('allows http on loopback alone, for development', () => {
    const url = 'http://127.0.0.1:8080/.well-known/oauth-authorization-server'
    expect(metadataUrl('http://127.0.0.1:8080').href).toBe(url)
  })
})

describe('discovery by several edges of one process', () => {
  it('is one reading for all who ask at the same time, and another one later', async () => {
    const discoverJointly = (): Promise<KeySets> => discoverShared(ISSUER, fetch, clock)
    const [one, other] = await Promise.all([discoverJointly(), discoverJointly()])
    expect(fetched).toHaveLength(3)
    expect(one).toBe(other)
    pages.set(CHECKPOINTS, { keys: [] })
    expect((await discoverJointly()).checkpoints).toEqual([])
  })

  it('remembers no failure, and keeps issuers and ways of fetching apart', async () => {
    const broken: Fetch = () => Promise.reject(new Error('refused'))
    const failed = [1, 2].map(() => discoverShared(ISSUER, broken, clock).catch(() => 'failed'))
    const well = discoverShared(ISSUER, fetch, clock)
    const elsewhere = discoverShared('https://other.example', fetch, clock)
    expect(await Promise.all(failed)).toEqual(['failed', 'failed'])
    expect((await well).tokens).toHaveLength(1)
    await expect(elsewhere).rejects.toMatchObject({ code: 'keys.unavailable' })
    expect((await discoverShared(ISSUER, fetch, clock)).tokens).toHaveLength(1)
  })
})

describe('the key ring', () => {
  const ring = (onGone: (kids: readonly string[]) => void = () => undefined): KeyRing =>
    new KeyRing(
      discover,
      clock,
      ({ checkpoints }) => onGone(checkpoints),
      () => 0.5,
    )
  const reads = (): number => fetched.filter((url) => url === METADATA).length

  it('fetches once for an unknown key, however many ask, and then not for 30 s', async () => {
    const keys = ring()
    const [a, b] = await Promise.all([keys.find('tokens', 't1'), keys.find('tokens', 't2')])
    expect([a?.kid, b]).toEqual(['t1', undefined])
    expect(reads()).toBe(1)
    expect(keys.find('tokens', 't2')).toBeUndefined()
    await clock.advance(29_999)
    expect(await keys.find('tokens', 't2')).toBeUndefined()
    expect(reads()).toBe(1)
    await clock.advance(1)
    const { publicJwk } = await generateKey('ES256', 't2')
    pages.set(TOKENS, { keys: [token, publicJwk] })
    expect(await keys.find('tokens', 't2')).toMatchObject({ kid: 't2' })
  })

  it('reads again soon when every edge sees that the keys changed, but never twice in 30 s', async () => {
    const keys = ring()
    const stop = new AbortController()
    const running = keys.run(stop.signal)
    await clock.advance(100_000)
    expect(reads()).toBe(1)
    keys.renew()
    await clock.advance(0)
    await clock.advance(2_499)
    expect(reads()).toBe(1)
    await clock.advance(1)
    expect(reads()).toBe(2)
    for (let n = 0; n < 5; n++) keys.renew()
    await clock.advance(0)
    await clock.advance(29_999)
    expect(reads()).toBe(2)
    await clock.advance(1)
    expect(reads()).toBe(3)
    await clock.advance(500_000)
    expect(reads()).toBe(3)
    stop.abort()
    await running
  })

  it('never takes a key of one set for the other', async () => {
    const keys = ring()
    expect(await keys.find('checkpoints', 't1')).toBeUndefined()
    expect(await keys.find('checkpoints', 'c1')).toMatchObject({ kid: 'c1' })
  })

  it('reads again as the set ages, reports the removed checkpoint keys, and keeps the others', async () => {
    const gone: string[][] = []
    const keys = ring((kids) => gone.push([...kids]))
    const stop = new AbortController()
    const running = keys.run(stop.signal)
    await clock.advance(0)
    expect(keys.isLoaded).toBe(true)
    pages.set(CHECKPOINTS, { keys: [] })
    await clock.advance(600_000)
    expect(gone).toEqual([['c1']])
    pages.delete(METADATA)
    await clock.advance(600_000)
    expect(keys.find('tokens', 't1')).toMatchObject({ kid: 't1' })
    await clock.advance(86_400_000)
    expect(keys.isLoaded).toBe(false)
    expect(keys.find('tokens', 't1')).not.toMatchObject({ kid: 't1' })
    stop.abort()
    await running
  })

  it('tries again and again at the start, ever more slowly', async () => {
    pages.delete(METADATA)
    const keys = ring()
    const stop = new AbortController()
    const running = keys.run(stop.signal)
    await clock.advance(60_000)
    expect(reads()).toBeGreaterThan(10)
    expect(reads()).toBeLessThan(20)
    pages.set(METADATA, { issuer: ISSUER, jwks_uri: TOKENS })
    await clock.advance(5_000)
    expect(keys.isLoaded).toBe(true)
    stop.abort()
    await running
  })
})

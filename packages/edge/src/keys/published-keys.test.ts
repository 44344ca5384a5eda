import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MappedIssuer } from '@freshet/protocol'
import { generateKey, type NamedJwk } from '@freshet/wire'
import { foreignIssuer, ManualClock } from '@freshet/testkit'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { FOREIGN_KEY_SETS_MAX, KEYS_COOLDOWN_MS, KEYS_REFRESH_MS } from '../limits.ts'
import { ForeignKeys } from './foreign-keys.ts'

const KEPT_MS = 3_600_000
let first: NamedJwk
let second: NamedJwk
let clock: ManualClock
let server: Server
let origin: string
let answer: RequestListener
let requests: string[]
let gone: number
let issuers: Map<string, MappedIssuer>
let keys: ForeignKeys

beforeAll(async () => {
  first = (await generateKey('ES256', 'sts-1')).publicJwk
  second = (await generateKey('ES256', 'sts-2')).publicJwk
})

beforeEach(async () => {
  clock = new ManualClock()
  ;[requests, gone, issuers] = [[], 0, new Map()]
  serve({ '/jwks.json': { keys: [first] } })
  server = createServer((request, response) => {
    requests.push(request.url ?? '')
    answer(request, response)
  })
  // Its own end of an idle connection would meet the next request on a machine that stalls.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  keys = new ForeignKeys({
    fetch: globalThis.fetch,
    timer: clock,
    issuers: () => issuers,
    onGone: () => (gone += 1),
  })
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Answers these documents, and 404 to all else. */
function serve(documents: Readonly<Record<string, unknown>>): void {
  answer = ({ url = '' }, response) => {
    response.statusCode = url in documents ? 200 : 404
    response.end(JSON.stringify(documents[url] ?? {}))
  }
}

function publishing(more: Partial<MappedIssuer> = {}): MappedIssuer {
  const { name: _name, keys: _keys, issuances: _issuances, ...terms } = foreignIssuer()
  const published = { jwksUri: `${origin}/jwks.json`, keptMs: KEPT_MS }
  return { ...terms, keys: [], published, ...more }
}

const named = (kid: string, alg: 'ES256' | 'RS256' = 'ES256') => ({ kid, alg })
const unavailable = { code: 'keys.unavailable' }

describe('the published keys of a foreign issuer', () => {
  it('are read once from the address of the registry, for any number of tokens', async () => {
    const terms = publishing()
    const found = await Promise.all([1, 2, 3].map(() => keys.find(terms, named('sts-1'))))
    expect(found.map((key) => key?.kid)).toEqual(['sts-1', 'sts-1', 'sts-1'])
    expect(await keys.find(terms, named('sts-1'))).toBeDefined()
    expect(requests).toEqual(['/jwks.json'])
  })

  it('are those of the claim map where none are published: nothing is read', async () => {
    const { published: _, ...terms } = publishing({ keys: [first] })
    expect(await keys.find(terms, named('sts-1'))).toMatchObject({ kid: 'sts-1' })
    expect(await keys.find(terms, named('sts-2'))).toBeUndefined()
    expect(requests).toEqual([])
  })

  it('verify by one algorithm, in spite of the header of a token', async () => {
    expect(await keys.find(publishing(), named('sts-1', 'RS256'))).toBeUndefined()
  })

  it('are read again for an unknown key, at most once in a cooldown', async () => {
    const terms = publishing()
    await keys.find(terms, named('sts-1'))
    serve({ '/jwks.json': { keys: [first, second] } })
    const storm = Array.from({ length: 100 }, (_, n) => keys.find(terms, named(`made-up-${n}`)))
    expect(await Promise.all(storm)).toEqual(storm.map(() => undefined))
    expect(await keys.find(terms, named('sts-2'))).toBeUndefined()
    expect(requests).toHaveLength(1)
    await clock.advance(KEYS_COOLDOWN_MS)
    expect(await keys.find(terms, named('sts-2'))).toMatchObject({ kid: 'sts-2' })
    expect(requests).toHaveLength(2)
    expect(gone).toBe(0)
  })

  it('verify nothing any more after their withdrawal, and a report names it', async () => {
    const terms = publishing()
    await keys.find(terms, named('sts-1'))
    serve({ '/jwks.json': { keys: [second] } })
    await clock.advance(KEYS_COOLDOWN_MS)
    expect(await keys.find(terms, named('sts-2'))).toBeDefined()
    expect([await keys.find(terms, named('sts-1')), gone]).toEqual([undefined, 1])
  })

  it('are read again behind an answer once they have an age', async () => {
    const terms = publishing()
    await keys.find(terms, named('sts-1'))
    await clock.advance(KEYS_REFRESH_MS + 1)
    const answered = new Promise<void>((resolve) => {
      answer = (_request, response) => {
        response.end(JSON.stringify({ keys: [second] }))
        resolve()
      }
    })
    expect(keys.areUsable(terms)).toBe(true)
    await answered
    expect(requests).toHaveLength(2)
  })

  it('count while they cannot be read again, and not beyond the time that the registry gives', async () => {
    const terms = publishing()
    await keys.find(terms, named('sts-1'))
    serve({})
    await clock.advance(KEPT_MS)
    expect(keys.areUsable(terms)).toBe(true)
    expect(await keys.find(terms, named('sts-1'))).toMatchObject({ kid: 'sts-1' })
    await clock.advance(1)
    expect(keys.areUsable(terms)).toBe(false)
    await expect(keys.find(terms, named('sts-1'))).rejects.toMatchObject(unavailable)
    serve({ '/jwks.json': { keys: [first] } })
    await clock.advance(KEYS_COOLDOWN_MS)
    expect(await keys.find(terms, named('sts-1'))).toMatchObject({ kid: 'sts-1' })
  })

  it('of many issuers are held up to a limit; who left the registry makes room', async () => {
    const terms = Array.from({ length: FOREIGN_KEY_SETS_MAX + 1 }, (_, n) =>
      publishing({ issuer: `https://sts-${n}.example` }),
    )
    issuers = new Map(terms.map((each) => [each.issuer, each]))
    for (const each of terms.slice(0, -1)) await keys.find(each, named('sts-1'))
    const last = publishing({ issuer: terms.at(-1)?.issuer ?? '' })
    await expect(keys.find(last, named('sts-1'))).rejects.toMatchObject(unavailable)
    issuers.delete('https://sts-0.example')
    expect(await keys.find(last, named('sts-1'))).toBeDefined()
  })
})

describe('what an issuer publishes is not taken', () => {
  const refused = async (terms: MappedIssuer): Promise<void> => {
    await expect(keys.find(terms, named('sts-1'))).rejects.toMatchObject(unavailable)
  }

  it.each<[string, RequestListener]>([
    ['by a redirect', (_, to) => to.writeHead(302, { location: '/moved.json' }).end()],
    ['with an error', (_, to) => to.writeHead(500).end()],
    ['that is no JSON', (_, to) => to.end('<html>')],
    ['beyond its size', (_, to) => to.end(JSON.stringify({ keys: [], pad: 'x'.repeat(70_000) }))],
    ['of too many keys', (_, to) => to.end(JSON.stringify({ keys: Array(65).fill(first) }))],
    [
      'of two keys with one name',
      (_, to) => to.end(JSON.stringify({ keys: [first, { ...second, kid: first.kid }] })),
    ],
  ])('%s', async (_what, how) => {
    answer = how
    await refused(publishing())
    expect(requests).toEqual(['/jwks.json'])
  })

  it('where it does not answer in time', async () => {
    answer = () => undefined
    const waiting = refused(publishing())
    await clock.advance(10_000)
    await waiting
  })

  it.each([
    ['over http from elsewhere', 'http://sts.partner.example/jwks.json'],
    ['with a user', 'https://user@127.0.0.1/jwks.json'],
    ['from a file', 'file:///etc/passwd'],
  ])('%s: nothing is asked at all', async (_what, jwksUri) => {
    await refused(publishing({ published: { jwksUri, keptMs: KEPT_MS } }))
    expect(requests).toEqual([])
  })

  it('as far as it is for something else, or of a kind that no token has', async () => {
    const encryption = { ...second, kid: 'enc', use: 'enc' }
    const secret = { kty: 'oct', k: 'c2VjcmV0', kid: 'hmac', alg: 'HS256' }
    serve({ '/jwks.json': { keys: [encryption, secret, first] } })
    const terms = publishing()
    expect(await keys.find(terms, named('sts-1'))).toBeDefined()
    for (const kid of ['enc', 'hmac']) expect(await keys.find(terms, named(kid))).toBeUndefined()
  })

  it('a key without an algorithm is taken: there is one for its kind', async () => {
    const { alg: _, ...nameless } = first
    serve({ '/jwks.json': { keys: [nameless] } })
    expect(await keys.find(publishing(), named('sts-1'))).toMatchObject({ alg: 'ES256' })
  })
})

describe('the metadata of a foreign issuer', () => {
  const byMetadata = (metadata: 'oauth-authorization-server' | 'openid-configuration') =>
    publishing({ issuer: `${origin}/acme`, published: { metadata, keptMs: KEPT_MS } })

  it.each([
    ['oauth-authorization-server', '/.well-known/oauth-authorization-server/acme'],
    ['openid-configuration', '/acme/.well-known/openid-configuration'],
  ] as const)('%s names its keys', async (metadata, path) => {
    const issuerMetadata = { issuer: `${origin}/acme`, jwks_uri: `${origin}/acme/keys` }
    serve({ [path]: issuerMetadata, '/acme/keys': { keys: [first] } })
    expect(await keys.find(byMetadata(metadata), named('sts-1'))).toMatchObject({ kid: 'sts-1' })
    expect(requests).toEqual([path, '/acme/keys'])
  })

  it.each([
    ['of another issuer', { issuer: 'https://evil.example' }],
    ['with keys elsewhere', { jwks_uri: 'http://127.0.0.1:1/keys' }],
    ['without keys', { jwks_uri: undefined }],
  ])('%s is not followed', async (_what, wrong) => {
    const issuerMetadata = { issuer: `${origin}/acme`, jwks_uri: `${origin}/keys`, ...wrong }
    serve({ '/acme/.well-known/openid-configuration': issuerMetadata, '/keys': { keys: [first] } })
    const found = keys.find(byMetadata('openid-configuration'), named('sts-1'))
    await expect(found).rejects.toMatchObject(unavailable)
    expect(requests).toEqual(['/acme/.well-known/openid-configuration'])
  })
})

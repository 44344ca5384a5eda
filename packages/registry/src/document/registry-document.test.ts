import { beforeAll, describe, expect, it } from 'vitest'
import { generateKey, SIGNERS_OF_KID_MAX, type NamedJwk } from '@freshet/wire'
import { canonicalDocument, readRegistryDocument, registryDocument } from './registry-document.ts'

const PATHS = ['keys/hr.jwks.json', 'keys/idp.jwks.json', 'keys/job.jwks.json'] as const

const registry = {
  version: 2,
  account: 'hr',
  tenants: { acme: { identityProviders: [{ issuer: 'https://idp.example', keys: PATHS[1] }] } },
  sources: {
    hr: { owner: 'people', keys: PATHS[0], ordering: 'monotonic', heartbeat: '1s', lease: '5s' },
  },
  claims: {
    groups: {
      source: 'hr',
      owner: 'iam',
      kind: 'authoritative',
      shape: 'set',
      class: 'reduce',
      maxTtl: '10m',
    },
  },
  clients: {
    job: { tenant: 'acme', keys: PATHS[2] },
    web: { tenant: 'acme', secretHash: 'a'.repeat(43) },
  },
  slo: { reduce: { objective: '99%', within: '2s', window: '28d' } },
}

const GOLDEN = [
  '{"keySets":{"keys/hr.jwks.json":{"keys":[{"alg":"ES256","crv":"P-256","kid":"hr-1","kty":"EC","use":"sig",',
  '"x":"a96lerRtbt0Soj3LRXGJF1lmUWao6Pr5x4RhgWLDEcg","y":"u1gyzNryRlUr2cFF0v8S0SPIa192qztw4Q8cEO0huAk"}]}},',
  '"registry":{"account":"hr","claims":{"ü":{"class":"reduce","kind":"authoritative","maxTtl":"10m","owner":"iam",',
  '"shape":"set","source":"hr"}},"sources":{"hr":{"heartbeat":"1s","keys":"keys/hr.jwks.json","lease":"5s",',
  '"ordering":"monotonic","owner":"people"}},"version":1}}',
].join('')
const GOLDEN_HASH = 'BIDMcvT01t2UYyGrPxeaVPyaYrGYiAH3w7rOn6SiL0g'

describe('the document of a policy version', () => {
  let keySets: Map<string, { keys: readonly NamedJwk[] }>
  let privateJwk: NamedJwk
  beforeAll(async () => {
    const pairs = await Promise.all(PATHS.map((path) => generateKey('ES256', path.slice(5, 8))))
    keySets = new Map(pairs.map(({ publicJwk }, at) => [PATHS[at] ?? '', { keys: [publicJwk] }]))
    privateJwk = (await generateKey('ES256', 'hr-2')).privateJwk
  })

  it('holds the registry and the public keys that it names: nothing else is needed', () => {
    const version = readRegistryDocument(registryDocument(registry, keySets))
    expect(version.registry.claims.get('groups')?.maxTtlMs).toBe(600_000)
    expect(version.sourceKeys('hr').map(({ kid }) => kid)).toEqual(['hr.'])
    expect(version.identityProviderKeys('https://idp.example')).toHaveLength(1)
    expect(version.clientKeys('job')).toHaveLength(1)
    expect(version.clientKeys('web')).toEqual([])
    expect(version.sourceKeys('nobody')).toEqual([])
  })

  it('finds the sources of a kid, and no more of them than are tried', async () => {
    const ids = Array.from({ length: SIGNERS_OF_KID_MAX + 1 }, (_, n) => `s${n}`)
    const made = await Promise.all(ids.map(() => generateKey('ES256', 'same')))
    const files = new Map([...keySets].map(([path, set]): [string, unknown] => [path, set]))
    made.forEach(({ publicJwk }, n) => files.set(`keys/s${n}.json`, { keys: [publicJwk] }))
    const more = ids.map((id) => [id, { ...registry.sources.hr, keys: `keys/${id}.json` }] as const)
    const sources = { ...registry.sources, ...Object.fromEntries(more) }
    const version = readRegistryDocument(registryDocument({ ...registry, sources }, files))
    const named = version.signers('same').map(({ source }) => source)
    expect(named).toEqual(ids.slice(0, SIGNERS_OF_KID_MAX))
    expect(version.signers('hr.').map(({ source }) => source)).toEqual(['hr'])
    expect(version.signers('nobody')).toEqual([])
  })

  it('has one text for one content, whatever the order it was written in', () => {
    const { sources, claims, ...rest } = registry
    const reordered = { claims, ...rest, sources }
    const text = registryDocument(registry, keySets)
    expect(registryDocument(reordered, new Map([...keySets].toReversed()))).toBe(text)
    const pretty = Buffer.from(JSON.stringify(JSON.parse(text), null, 2))
    expect(canonicalDocument(pretty)).toBe(text)
  })

  it('has another hash for another life, and for another key', () => {
    const hash = readRegistryDocument(registryDocument(registry, keySets)).hash
    const groups = { ...registry.claims.groups, maxTtl: '5m' }
    const shorter = { ...registry, claims: { groups } }
    expect(readRegistryDocument(registryDocument(shorter, keySets)).hash).not.toBe(hash)
    const swapped = new Map([...keySets, [PATHS[0], keySets.get(PATHS[2])]])
    expect(readRegistryDocument(registryDocument(registry, swapped)).hash).not.toBe(hash)
  })

  it('never holds a private key, nor a file that the registry does not name', () => {
    const withPrivate = new Map([...keySets, [PATHS[0], { keys: [privateJwk] }]])
    expect(() => registryDocument(registry, withPrivate)).toThrow(/hr\.jwks\.json.*private key/)
    expect(() => registryDocument(registry, withPrivate)).toThrow(
      expect.not.stringContaining(String(privateJwk.d)),
    )
    const more = new Map([...keySets, ['keys/stranger.json', { keys: [privateJwk] }]])
    expect(registryDocument(registry, more)).toBe(registryDocument(registry, keySets))
  })

  it.each([
    ['a missing key set', { keySets: {} }, /keys\/hr\.jwks\.json: the key set is missing/],
    ['no registry', { registry: { version: 1 } }, /registry#/],
    ['a member too many', { more: 1 }, /members registry and keySets/],
  ])('refuses %s, with its place', (_, change, message) => {
    const sent = { registry, keySets: Object.fromEntries(keySets), ...change }
    expect(() => canonicalDocument(Buffer.from(JSON.stringify(sent)))).toThrow(message)
  })

  it('refuses a version of more than 1 MiB', () => {
    const groups = { ...registry.claims.groups, description: 'x'.repeat(1_000) }
    const claims = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, n) => [`c${n}`, groups] as const),
    )
    const long = { ...registry, claims }
    expect(() => registryDocument(long, keySets)).toThrow(/more than 1048576 bytes/)
  })

  it('keeps its form for good: the hashes of versions that are active rest on it', () => {
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: 'a96lerRtbt0Soj3LRXGJF1lmUWao6Pr5x4RhgWLDEcg',
      y: 'u1gyzNryRlUr2cFF0v8S0SPIa192qztw4Q8cEO0huAk',
      kid: 'hr-1',
      alg: 'ES256',
    }
    const hr = registry.sources.hr
    const small = {
      version: 1,
      account: 'hr',
      sources: { hr },
      claims: { ü: registry.claims.groups },
    }
    const text = registryDocument(small, new Map([[PATHS[0], { keys: [jwk] }]]))
    expect(text).toBe(GOLDEN)
    expect(readRegistryDocument(text).hash).toBe(GOLDEN_HASH)
  })
})

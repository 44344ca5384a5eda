import { expect, it } from 'vitest'
import { lintRegistry } from './registry-lint.ts'
import type { Audience, Claim, Client, Registry, Source } from './registry.ts'

const source: Source = {
  id: 'hr',
  owner: 'people',
  contact: '',
  keys: 'k',
  ordering: 'dense',
  versions: 'element',
  heartbeatMs: 1000,
  leaseMs: 5000,
  onBehalfOf: [],
}
const claim: Claim = {
  name: 'groups',
  source: 'hr',
  owner: 'iam',
  description: '',
  kind: 'authoritative',
  shape: 'set',
  polarity: 'grant',
  class: 'reduce',
  maxTtlMs: 600_000,
  onUnverified: 'deny',
  publish: false,
  from: [],
}
const audience: Audience = {
  name: 'payments',
  claims: ['groups'],
  ttlMs: 300_000,
  routes: new Map([['POST /a', { require: new Map([['groups', ['x']]]), risk: 'high' }]]),
}
const sound: Registry = {
  version: 1,
  account: 'hr',
  cutOffs: ['hr'],
  tenants: new Map([['acme', { id: 'acme', identityProviders: [] }]]),
  sources: new Map([['hr', source]]),
  claims: new Map([['groups', claim]]),
  audiences: new Map([['payments', audience]]),
  clients: new Map([
    [
      'web',
      { id: 'web', tenant: 'acme', secretHash: '', audiences: ['payments'], introspects: [] },
    ],
  ]),
  slo: new Map([['reduce', { objective: 0.999, withinMs: 2000, windowMs: 1 }]]),
}
const withClaim = (change: Partial<Claim>): Registry => ({
  ...sound,
  claims: new Map([['groups', { ...claim, ...change }]]),
})
const withAudience = (change: Partial<Audience>): Registry => ({
  ...sound,
  audiences: new Map([['payments', { ...audience, ...change }]]),
})
const withSource = (change: Partial<Source>): Registry => ({
  ...sound,
  sources: new Map([['hr', { ...source, ...change }]]),
})

const withClient = (change: Partial<Client>): Registry => ({
  ...sound,
  clients: new Map([
    ['web', { id: 'web', tenant: 'acme', audiences: [], introspects: [], ...change }],
  ]),
})
const secret = { secretHash: '' }

it('a sound registry has no findings', () => {
  expect(lintRegistry(sound)).toEqual([])
})

it.each<[string, string, Registry]>([
  ['owner.missing', '/sources/hr/owner', withSource({ owner: ' ' })],
  ['owner.missing', '/claims/groups/owner', withClaim({ owner: '' })],
  ['source.unknown', '/account', { ...sound, account: 'xx' }],
  ['source.unknown', '/cutOffs/1', { ...sound, cutOffs: ['hr', 'xx'] }],
  ['source.unknown', '/claims/groups/source', withClaim({ source: 'xx' })],
  [
    'source.heartbeat-slower-than-lease',
    '/sources/hr/heartbeat',
    withSource({ heartbeatMs: 5000 }),
  ],
  ['class.no-objective', '/claims/groups/class', withClaim({ class: 'xx' })],
  [
    'claim.strips-a-restriction',
    '/claims/groups/onUnverified',
    withClaim({ polarity: 'restrict', onUnverified: 'strip' }),
  ],
  ['claim.unknown', '/claims/groups/from/0', withClaim({ from: ['xx'] })],
  ['claim.from-cycle', '/claims/groups/from', withClaim({ from: ['groups'] })],
  ['ttl.above-maximum', '/audiences/payments/ttl', withAudience({ ttlMs: 600_001 })],
  ['claim.unknown', '/audiences/payments/claims/1', withAudience({ claims: ['groups', 'xx'] })],
  [
    'grant.not-carried',
    '/audiences/payments/routes/POST ~1a/require/groups',
    withAudience({ claims: [] }),
  ],
  [
    'grant.descriptive',
    '/audiences/payments/routes/POST ~1a/require/groups',
    withClaim({ kind: 'descriptive' }),
  ],
  ['client.unknown-tenant', '/clients/web/tenant', { ...sound, tenants: new Map() }],
  ['client.unknown-audience', '/clients/web/audiences/0', { ...sound, audiences: new Map() }],
  [
    'client.unknown-audience',
    '/clients/web/introspects/1',
    withClient({ ...secret, introspects: ['payments', 'xx'] }),
  ],
  ['client.authentication', '/clients/web', withClient({})],
  ['client.authentication', '/clients/web', withClient({ ...secret, keys: 'keys/web.jwks.json' })],
  [
    'client.unknown-issuer',
    '/clients/web/subject/iss',
    withClient({ ...secret, subject: { iss: 'https://xx.example', sub: 'web' } }),
  ],
])('finds %s at %s', (code, place, registry) => {
  expect(lintRegistry(registry)).toMatchObject([{ code, place }])
})

it('finds an audience that has a claim without all that it is derived from', () => {
  const claims = new Map(
    [
      claim,
      { ...claim, name: 'teams', from: ['groups'] },
      { ...claim, name: 'rights', from: ['teams'] },
    ].map((each) => [each.name, each]),
  )
  const having = (...names: readonly string[]): readonly string[] => {
    const payments = { ...audience, claims: ['groups', ...names] }
    const registry = { ...sound, claims, audiences: new Map([['payments', payments]]) }
    return lintRegistry(registry).map(({ code, place }) => `${code} ${place}`)
  }
  expect(having('rights')).toEqual(['claim.without-origin /audiences/payments/claims/1'])
  expect(having('rights', 'teams')).toEqual([])
})

it('finds a circle of claims at each of its members, and at none that only hangs on it', () => {
  const chain = new Map(
    [
      { ...claim, name: 'a', from: ['b'] },
      { ...claim, name: 'b', from: ['a'] },
      { ...claim, name: 'c', from: ['a'] },
      { ...claim, name: 'groups' },
    ].map((each) => [each.name, each]),
  )
  const places = lintRegistry({ ...sound, claims: chain }).map((finding) => finding.place)
  expect(places).toEqual(['/claims/a/from', '/claims/b/from'])
})

import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import type {
  Audience,
  Claim,
  Client,
  IdentityProvider,
  Registry,
  Route,
  Source,
  Tenant,
} from '@freshet/protocol'
import type { Finding } from './finding.ts'
import { lintReadable, lintRegistry } from './lint-registry.ts'
import { readable } from './readable-registry.ts'
import { registryRules, type FindingCode } from './registry-rules.ts'

const source = exampleSource('hr', { contact: '', keys: 'k', ordering: 'dense' })
const claim = exampleClaim('groups', 'hr')
const required = new Map([['groups', ['x']]])
const plainly = { risk: 'normal', policies: [] } as const
const audience: Audience = {
  name: 'payments',
  claims: ['groups'],
  ttlMs: 300_000,
  routes: new Map([['POST /a', { require: required, risk: 'high', policies: [] }]]),
}
const level = { objective: 0.999, withinMs: 2000, windowMs: 1 }
const web: Client = {
  id: 'web',
  tenant: 'acme',
  secretHash: '',
  audiences: ['payments'],
  introspects: ['payments'],
}
const sound = exampleRegistry([source], [claim], {
  cutOffs: ['hr'],
  tenants: new Map([['acme', { id: 'acme', identityProviders: [] }]]),
  audiences: new Map([['payments', audience]]),
  clients: new Map([['web', web]]),
  slo: new Map([['reduce', level]]),
})
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

/** A second source, which may cut off where it is listed. */
const withOtherSource = (id: string, cutOffs: readonly string[]): Registry => ({
  ...sound,
  cutOffs,
  sources: new Map([...sound.sources, [id, { ...source, id }]]),
})
const withClient = (change: Partial<Client>): Registry => ({
  ...sound,
  clients: new Map([
    ['web', { id: 'web', tenant: 'acme', audiences: [], introspects: ['payments'], ...change }],
  ]),
})
const secret = { secretHash: '' }

it('a sound registry has no findings', () => {
  expect(lintRegistry(sound)).toEqual([])
})

it('an objective without a measurement is reported if the measured ones are known', () => {
  const [name = ''] = sound.slo.keys()
  expect(lintRegistry(sound, { slos: [] })).toMatchObject([
    {
      code: 'slo.not-measured',
      severity: 'warning',
      place: `/slo/${name}`,
      message: `nothing measures the objective of class ${name}`,
    },
  ])
})

const provider = { issuer: 'https://idp.example', keys: 'keys/idp.jwks.json' }
const tenant = (
  id: string,
  ...identityProviders: IdentityProvider[]
): readonly [string, Tenant] => [id, { id, identityProviders }]
const withRoute = (name: string, route: Partial<Route> = {}): Registry =>
  withAudience({ routes: new Map([[name, { ...plainly, require: required, ...route }]]) })
const withTwo = (change: Partial<Claim>): Registry => ({
  ...sound,
  claims: new Map([
    ['groups', claim],
    ['more', { ...claim, name: 'more', ...change }],
  ]),
})
const descriptive = { kind: 'descriptive' } as const

it.each<[FindingCode, string, Registry]>([
  ['owner.missing', '/sources/hr/owner', withSource({ owner: ' ' })],
  ['owner.missing', '/claims/groups/owner', withClaim({ owner: '' })],
  ['source.unknown', '/account', { ...sound, account: 'xx' }],
  ['source.unknown', '/cutOffs/1', { ...sound, cutOffs: ['hr', 'xx'] }],
  ['source.unknown', '/claims/groups/source', withClaim({ source: 'xx' })],
  ['list.repeats', '/cutOffs/1', { ...sound, cutOffs: ['hr', 'hr'] }],
  ['source.reserved', '/sources/freshet', withOtherSource('freshet', ['freshet'])],
  ['source.speaks-of-nothing', '/sources/iga', withOtherSource('iga', [])],
  [
    'source.heartbeat-slower-than-lease',
    '/sources/hr/heartbeat',
    withSource({ heartbeatMs: 5000 }),
  ],
  ['source.lease-too-short', '/sources/hr/lease', withSource({ heartbeatMs: 100, leaseMs: 1999 })],
  ['source.sweeps-unasked', '/sources/hr/maxSweep', withSource({ snapshotRemovalShare: 1 })],
  [
    'issuer.twice',
    '/tenants/acme/identityProviders/1/issuer',
    { ...sound, tenants: new Map([tenant('acme', provider, provider)]) },
  ],
  [
    'issuer.twice',
    '/tenants/globex/identityProviders/0/keys',
    {
      ...sound,
      tenants: new Map([
        tenant('acme', provider),
        tenant('globex', { ...provider, keys: 'keys/other.jwks.json' }),
      ]),
    },
  ],
  ['class.no-objective', '/claims/more/class', withTwo({ class: 'xx' })],
  [
    'claim.strips-a-restriction',
    '/claims/groups/onUnverified',
    withClaim({ polarity: 'restrict', onUnverified: 'strip' }),
  ],
  ['claim.unknown', '/claims/groups/from/0', withClaim({ from: ['xx'] })],
  ['claim.from-cycle', '/claims/groups/from', withClaim({ from: ['groups'] })],
  [
    'claim.from-descriptive',
    '/claims/groups/from/0',
    {
      ...withAudience({ claims: ['groups', 'more'] }),
      claims: new Map([
        ['groups', { ...claim, from: ['more'] }],
        ['more', { ...claim, name: 'more', ...descriptive }],
      ]),
    },
  ],
  [
    'claim.decides-nothing',
    '/claims/more/onUnverified',
    withTwo({ ...descriptive, onUnverified: 'validate' }),
  ],
  [
    'claim.decides-nothing',
    '/claims/more/polarity',
    withTwo({ ...descriptive, polarity: 'restrict' }),
  ],
  ['claim.decides-nothing', '/claims/more/from', withTwo({ ...descriptive, from: ['groups'] })],
  ['ttl.above-maximum', '/audiences/payments/ttl', withAudience({ ttlMs: 600_001 })],
  ['claim.unknown', '/audiences/payments/claims/1', withAudience({ claims: ['groups', 'xx'] })],
  ['audience.too-large', '/audiences/payments/claims', withClaim({ maxBytes: 5_377 })],
  [
    'grant.not-carried',
    '/audiences/payments/routes/POST ~1a/require/groups',
    withAudience({ claims: [] }),
  ],
  [
    'grant.descriptive',
    '/audiences/payments/routes/POST ~1a/require/groups',
    withClaim(descriptive),
  ],
  [
    'grant.wildcard',
    '/audiences/payments/routes/GET ~1/require/groups/0',
    withRoute('GET /', { require: new Map([['groups', ['pay*']]]) }),
  ],
  ['route.unmatchable', '/audiences/payments/routes/get ~1a', withRoute('get /a')],
  ['route.unmatchable', '/audiences/payments/routes/~1a', withRoute('/a')],
  ['route.unmatchable', '/audiences/payments/routes/GET ~1a?b', withRoute('GET /a?b')],
  ['route.pattern', '/audiences/payments/routes/GET ~1a~1:id', withRoute('GET /a/:id')],
  ['route.pattern', '/audiences/payments/routes/GET ~1a~1*', withRoute('GET /a/*')],
  [
    'route.nobody-validates',
    '/audiences/payments/routes/POST ~1a',
    withClient({ ...secret, introspects: [] }),
  ],
  ['client.unknown-tenant', '/clients/web/tenant', { ...sound, tenants: new Map() }],
  [
    'client.unknown-audience',
    '/clients/web/audiences/0',
    withClient({ ...secret, audiences: ['xx'] }),
  ],
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
  ['class.unused', '/slo/grow', { ...sound, slo: new Map([...sound.slo, ['grow', level]]) }],
])('finds %s at %s, with the severity of its rule', (code, place, registry) => {
  const { severity } = registryRules[code]
  expect(lintRegistry(registry)).toMatchObject([{ code, place, severity }])
})

it('finds no token too large where the audience has a budget of its own', () => {
  const wide = withClaim({ maxBytes: 5_377 })
  const budget = (maxBytes: number): readonly Finding[] =>
    lintRegistry({ ...wide, audiences: new Map([['payments', { ...audience, maxBytes }]]) })
  expect(budget(5_376)).toEqual([])
  expect(budget(5_377)).not.toEqual([])
})

it('finds a claim whose name tokens use for something else', () => {
  const claims = new Map([...sound.claims, ['sub', { ...claim, name: 'sub' }]])
  expect(lintRegistry({ ...sound, claims })).toMatchObject([
    { code: 'claim.reserved', place: '/claims/sub' },
  ])
})

it('finds an authoritative claim that no route of an audience requires; without a declared route it is unknown', () => {
  const wide = withTwo({})
  const audiences = (change: Partial<Audience>) =>
    new Map([['payments', { ...audience, claims: ['groups', 'more'], ...change }]])
  expect(lintRegistry({ ...wide, audiences: audiences({}) })).toMatchObject([
    { code: 'audience.unused-claim', place: '/audiences/payments/claims/1' },
  ])
  expect(lintRegistry({ ...wide, audiences: audiences({ routes: new Map() }) })).toEqual([])
  const shown = withTwo(descriptive)
  expect(lintRegistry({ ...shown, audiences: audiences({}) })).toEqual([])
})

it('names the probable meaning of an unknown name', () => {
  const [found] = lintRegistry(withClaim({ from: ['group'] }))
  expect(found?.message).toBe('no claim is called group; did you mean groups?')
  const [other] = lintRegistry(withClaim({ from: ['entitlements'] }))
  expect(other?.message).toBe('no claim is called entitlements')
})

it('finds an audience that has a claim without all that it is derived from', () => {
  const teams = { ...claim, name: 'teams', from: ['groups'] }
  const rights = { ...claim, name: 'rights', from: ['teams'] }
  const claims = new Map([claim, teams, rights].map((each) => [each.name, each]))
  const having = (...names: readonly string[]): readonly string[] => {
    const payments = { ...audience, claims: names, routes: new Map() }
    const registry = { ...sound, claims, audiences: new Map([['payments', payments]]) }
    return lintRegistry(registry).map(({ code, place }) => `${code} ${place}`)
  }
  const missing = (at: number): string => `claim.without-origin /audiences/payments/claims/${at}`
  expect(having('groups', 'rights')).toEqual([missing(1)])
  expect(having('rights')).toEqual([missing(0), missing(0)])
  expect(having('groups', 'teams', 'rights')).toEqual([])
})

it('finds nothing unused in what a required claim is derived from', () => {
  const route = { ...plainly, require: new Map([['more', ['x']]]) }
  const routes = new Map([['GET /', route]])
  const { audiences } = withAudience({ claims: ['groups', 'more'], routes })
  expect(lintRegistry({ ...withTwo({ from: ['groups'] }), audiences })).toEqual([])
})

describe('a registry that can be read in part', () => {
  const declared = { ...readable(sound).declared, claims: new Set(['groups', 'torn']) }

  it('has no findings about references to what is malformed', () => {
    const torn = withAudience({ claims: ['groups', 'torn'], routes: new Map() })
    const notes = lintReadable({ ...torn, declared })
    expect(notes.filter(({ severity }) => severity !== 'note')).toEqual([])
  })

  it('nor about anything in a part that cannot be read at all, control: its other findings stand', () => {
    const lost = { ...sound, claims: new Map(), account: 'xx' }
    const found = lintReadable({ ...lost, declared: { ...declared, claims: undefined } })
    expect(found.map(({ place }) => place)).toEqual(['/account'])
  })
})

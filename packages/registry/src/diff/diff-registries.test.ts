import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import type { Audience, Claim, Client, Registry, Source } from '@freshet/protocol'
import { diffRegistries, withoutMinimum } from './diff-registries.ts'

const source = exampleSource('hr', { ordering: 'dense', onBehalfOf: ['partner'] })
const claim = exampleClaim('groups', 'hr', { onUnverified: 'validate', from: ['parents'] })
const audience: Audience = {
  name: 'payments',
  claims: ['groups'],
  ttlMs: 300_000,
  routes: new Map([
    ['POST /a', { require: new Map([['groups', ['x', 'y']]]), risk: 'normal', policies: [] }],
  ]),
}
const client: Client = {
  id: 'web',
  tenant: 'acme',
  audiences: ['payments'],

  introspects: [],
}
const idp = { issuer: 'https://idp', keys: 'keys/idp' }
const one = exampleRegistry([source], [claim], {
  cutOffs: ['security'],
  tenants: new Map([['acme', { id: 'acme', identityProviders: [idp] }]]),
  audiences: new Map([['payments', audience]]),
  clients: new Map([['web', client]]),
  slo: new Map([['reduce', { objective: 0.999, withinMs: 2_000, windowMs: 1 }]]),
})

const withClaim = (change: Partial<Claim>): Partial<Registry> => ({
  claims: new Map([['groups', { ...claim, ...change }]]),
})
const withAudience = (change: Partial<Audience>): Partial<Registry> => ({
  audiences: new Map([['payments', { ...audience, ...change }]]),
})
const withSource = (change: Partial<Source>): Partial<Registry> => ({
  sources: new Map([['hr', { ...source, ...change }]]),
})
const withClient = (change: Partial<Client>): Partial<Registry> => ({
  clients: new Map([['web', { ...client, ...change }]]),
})
const route = (
  require: readonly string[],
  risk: 'normal' | 'high' = 'normal',
  policies: readonly string[] = [],
) =>
  withAudience({
    routes: new Map([['POST /a', { require: new Map([['groups', require]]), risk, policies }]]),
  })
const observedUntil = (observedUntilMs: number): Partial<Registry> =>
  withAudience({
    routes: new Map([
      [
        'POST /a',
        {
          require: new Map([['groups', ['x', 'y']]]),
          risk: 'normal',
          policies: [],
          observedUntilMs,
        },
      ],
    ]),
  })
const providers = (...identityProviders: (typeof idp)[]): Partial<Registry> => ({
  tenants: new Map([['acme', { id: 'acme', identityProviders }]]),
})

const differenceLines = (change: Partial<Registry>): string[] =>
  diffRegistries(one, { ...one, ...change }).map(
    ({ place, effect, needsMinimum, sentence }) =>
      `${effect}${needsMinimum ? '!' : ''} ${place}: ${sentence}`,
  )

describe('the differences of another version of the registry', () => {
  it('is nothing where only its number is another', () => {
    expect(diffRegistries(one, { ...one, version: 2 })).toEqual([])
  })

  it.each<[string, Partial<Registry>, string]>([
    ['a claim whose source moved', withClaim({ source: 'iga' }), '/claims/groups/source'],
    [
      'a grant that is a description now',
      withClaim({ kind: 'descriptive' }),
      '/claims/groups/kind',
    ],
    ['a shorter life of a claim', withClaim({ maxTtlMs: 60_000 }), '/claims/groups/maxTtl'],
    ['another polarity', withClaim({ polarity: 'restrict' }), '/claims/groups/polarity'],
    ['a parent more', withClaim({ from: ['parents', 'more'] }), '/claims/groups/from'],
    ['another shape', withClaim({ shape: 'scalar' }), '/claims/groups/shape'],
    ['a claim that is gone', { claims: new Map() }, '/claims/groups'],
    ['a claim less for an audience', withAudience({ claims: [] }), '/audiences/payments/claims'],
    ['a shorter life of tokens', withAudience({ ttlMs: 60_000 }), '/audiences/payments/ttl'],
    ['an audience that is gone', { audiences: new Map() }, '/audiences/payments'],
    ['another account source', { account: 'iga' }, '/account'],
    ['a tenant that is gone', { tenants: new Map() }, '/tenants/acme'],
    ['an identity provider less', providers(), '/tenants/acme/identityProviders'],
  ])('takes away from tokens that are out, so that they must go: %s', (_, change, place) => {
    expect(diffRegistries(one, { ...one, ...change })).toMatchObject([
      { place, effect: 'tightens', needsMinimum: true },
    ])
  })

  it.each<[string, Partial<Registry>, string]>([
    ['a stricter answer', withClaim({ onUnverified: 'deny' }), '/claims/groups/onUnverified'],
    ['a shorter lease', withSource({ leaseMs: 4_000 }), '/sources/hr/lease'],
    ['nobody to speak for', withSource({ onBehalfOf: [] }), '/sources/hr/onBehalfOf'],
    ['a source that is gone', { sources: new Map() }, '/sources/hr'],
    ['a source that may not cut off', { cutOffs: [] }, '/cutOffs'],
    [
      'a route that asks for more',
      route(['x', 'y', 'z']),
      '/audiences/payments/routes/POST ~1a/require',
    ],
    ['a route of high risk', route(['x', 'y'], 'high'), '/audiences/payments/routes/POST ~1a/risk'],
    [
      'policies of a route',
      route(['x', 'y'], 'normal', ['a.cedar']),
      '/audiences/payments/routes/POST ~1a/policies',
    ],
    [
      'a route that is gone',
      withAudience({ routes: new Map() }),
      '/audiences/payments/routes/POST ~1a',
    ],
    ['a client that is gone', { clients: new Map() }, '/clients/web'],
    ['an audience less for a client', withClient({ audiences: [] }), '/clients/web/audiences'],
  ])('tightens by itself, and lets tokens be: %s', (_, change, place) => {
    expect(diffRegistries(one, { ...one, ...change })).toMatchObject([
      { place, effect: 'tightens', needsMinimum: false },
    ])
  })

  it.each<[string, Partial<Registry>, string]>([
    ['a longer life of a claim', withClaim({ maxTtlMs: 900_000 }), '/claims/groups/maxTtl'],
    ['a laxer answer', withClaim({ onUnverified: 'strip' }), '/claims/groups/onUnverified'],
    ['a parent less', withClaim({ from: [] }), '/claims/groups/from'],
    ['disclosure', withClaim({ publish: true }), '/claims/groups/publish'],
    [
      'a claim more for an audience',
      withAudience({ claims: ['groups', 'b'] }),
      '/audiences/payments/claims',
    ],
    ['a longer life of tokens', withAudience({ ttlMs: 600_000 }), '/audiences/payments/ttl'],
    ['a route that is observed', observedUntil(9), '/audiences/payments/routes/POST ~1a/enforce'],
    ['a longer lease', withSource({ leaseMs: 9_000 }), '/sources/hr/lease'],
    ['a route that asks for less', route(['x']), '/audiences/payments/routes/POST ~1a/require'],
    [
      'an identity provider more',
      providers(idp, { issuer: 'b', keys: 'b' }),
      '/tenants/acme/identityProviders',
    ],
    [
      'an audience more for a client',
      withClient({ audiences: ['payments', 'b'] }),
      '/clients/web/audiences',
    ],
    [
      'a client that is told',
      withClient({ introspects: ['payments'] }),
      '/clients/web/introspects',
    ],
  ])('widens: %s', (_, change, place) => {
    expect(diffRegistries(one, { ...one, ...change })).toMatchObject([{ place, effect: 'widens' }])
  })

  it('tightens where a route is observed for less time or no more, and widens where for longer', () => {
    const before = { ...one, ...observedUntil(9) }
    const change = (after: Partial<Registry>): readonly string[] =>
      diffRegistries(before, { ...one, ...after }).map((each) => `${each.effect} ${each.sentence}`)
    expect(change(observedUntil(8))).toEqual(['tightens route POST /a is observed for less time'])
    expect(change({})).toEqual(['tightens route POST /a is not observed any more'])
    expect(change(observedUntil(10))).toEqual(['widens route POST /a is observed longer'])
  })

  it.each<[string, Claim['partners'], Claim['partners'], string]>([
    [
      'nobody and somebody',
      undefined,
      [{ name: 'a', prefix: 'a/' }],
      'tightens claim groups is shared by prefix: each partner of source hr can only send values with its own',
    ],
    [
      'somebody and nobody',
      [{ name: 'a', prefix: 'a/' }],
      [],
      'widens claim groups is not shared by prefix: each partner of source hr can send any value',
    ],
    [
      'one less',
      [
        { name: 'a', prefix: 'a/' },
        { name: 'b', prefix: 'b/' },
      ],
      [{ name: 'b', prefix: 'b/' }],
      'tightens a can no longer send claim groups',
    ],
    [
      'one more',
      [{ name: 'b', prefix: 'b/' }],
      [
        { name: 'b', prefix: 'b/' },
        { name: 'a', prefix: 'a/' },
      ],
      'widens a can send values of claim groups',
    ],
    [
      'a narrower prefix',
      [{ name: 'a', prefix: 'a/' }],
      [{ name: 'a', prefix: 'a/b/' }],
      'tightens a can send values of claim groups with another prefix',
    ],
    [
      'a prefix that is not inside of it',
      [{ name: 'a', prefix: 'a/b/' }],
      [{ name: 'a', prefix: 'a/' }],
      'widens a can send values of claim groups with another prefix',
    ],
  ])('partners of a claim, %s', (_, before, after, expected) => {
    const having = (partners: Claim['partners']): Registry => ({
      ...one,
      ...withClaim(partners === undefined ? {} : { partners }),
    })
    const differences = diffRegistries(having(before), having(after))
    expect(differences.map(({ effect, sentence }) => `${effect} ${sentence}`)).toEqual([expected])
    expect(differences[0]).toMatchObject({ place: '/claims/groups/partners', needsMinimum: false })
  })

  it('has a text, in the order of the file', () => {
    const change = {
      ...withClaim({ source: 'iga', owner: 'others' }),
      ...withAudience({ ttlMs: 90_000 }),
      ...withSource({ leaseMs: 1_500, heartbeatMs: 500 }),
      audiences: new Map([
        ['ledger', { ...audience, name: 'ledger' }],
        ['payments', { ...audience, ttlMs: 90_000 }],
      ]),
    }
    expect(differenceLines(change)).toEqual([
      'tightens /sources/hr/lease: the lease of source hr is 1500ms, not 5s',
      'other /sources/hr/heartbeat: `heartbeat` of source hr is another',
      'tightens! /claims/groups/source: claim groups moves from source hr to iga: it is in doubt until a complete snapshot of iga ends',
      'other /claims/groups/owner: `owner` of claim groups is another',
      'tightens! /audiences/payments/ttl: tokens for payments live 90s, not 5m',
      'widens /audiences/ledger: audience ledger is new',
    ])
  })
})

describe('the minimum of an activation', () => {
  const two = { ...one, version: 7, ...withAudience({ ttlMs: 60_000 }) }

  it('must be above the version before where tokens would go on with what is taken away', () => {
    expect(withoutMinimum(one, two, 0)).toMatchObject([{ place: '/audiences/payments/ttl' }])
    expect(withoutMinimum(one, two, 1)).toHaveLength(1)
    expect(withoutMinimum(one, two, 2)).toEqual([])
  })

  it('may be anything where nothing is taken away', () => {
    expect(
      withoutMinimum(one, { ...one, version: 2, ...withAudience({ ttlMs: 900_000 }) }, 0),
    ).toEqual([])
  })
})

import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import type { Audience, Claim, Client, ForeignIssuer, Registry, Source } from '@freshet/protocol'
import { diffRegistries, withoutMinimum } from './diff-registries.ts'

const hr = exampleSource('hr', { onBehalfOf: ['partner'] })
const groups = exampleClaim('groups', 'hr')
const holds = exampleClaim('holds', 'iga', { polarity: 'restrict' })
const title = exampleClaim('title', 'hr', { kind: 'descriptive', polarity: 'restrict' })
const payments: Audience = {
  name: 'payments',
  claims: ['groups'],
  ttlMs: 300_000,
  routes: new Map([
    ['POST /a', { require: new Map(), risk: 'normal', policies: [] }],
    ['POST /b', { require: new Map(), risk: 'normal', policies: [], ignores: ['holds'] }],
  ]),
}
const client: Client = { id: 'web', tenant: 'acme', audiences: ['payments'], introspects: [] }
const issuer: ForeignIssuer = {
  name: 'sts',
  issuer: 'https://sts',
  tenant: 'acme',
  audiences: ['payments'],
  claims: new Map([['groups', 'roles']]),
  subjects: { iss: 'https://idp', sub: 'sub' },
  marginMs: 5_000,
  maxTtlMs: 300_000,
  rfc9068: false,
}
const idp = { issuer: 'https://idp', keys: 'keys/idp' }
const base = exampleRegistry([hr, exampleSource('iga')], [groups, holds, title], {
  cutOffs: ['security'],
  tenants: new Map([['acme', { id: 'acme', identityProviders: [idp] }]]),
  audiences: new Map([['payments', payments]]),
  clients: new Map([['web', client]]),
  issuers: new Map([['sts', issuer]]),
})

const all: Partial<Registry> = {}
const ofClaim = (change: Partial<Claim>, of = groups): Partial<Registry> => ({
  claims: new Map([...base.claims, [of.name, { ...of, ...change }]]),
})
const carrying = (...claims: string[]): Partial<Registry> => ofAudience({ claims })
const ofAudience = (change: Partial<Audience>): Partial<Registry> => ({
  audiences: new Map([['payments', { ...payments, ...change }]]),
})
const ofSource = (change: Partial<Source>): Partial<Registry> => ({
  sources: new Map([...base.sources, ['hr', { ...hr, ...change }]]),
})
const ofClient = (change: Partial<Client>): Partial<Registry> => ({
  clients: new Map([['web', { ...client, ...change }]]),
})
const ofIssuer = (change: Partial<ForeignIssuer>): Partial<Registry> => ({
  issuers: new Map([['sts', { ...issuer, ...change }]]),
})
const partner = [{ name: 'partner', prefix: 'p/' }]
const noProvider: Partial<Registry> = {
  tenants: new Map([['acme', { id: 'acme', identityProviders: [] }]]),
}

type Row = readonly [
  difference: string,
  before: Partial<Registry>,
  after: Partial<Registry>,
  why: string,
]

/** An older token lacks a restriction, or carries a right, that a new token would not, and no record shows it. */
const needed: readonly Row[] = [
  [
    'a restriction that an audience gets',
    carrying('groups'),
    carrying('groups', 'holds'),
    'older tokens lack it',
  ],
  [
    'a restriction that comes back',
    carrying(),
    carrying('holds'),
    'tokens of the time between lack it',
  ],
  ['a grant that an audience loses', carrying('groups'), carrying(), 'older tokens carry it'],
  [
    'a grant that restricts now',
    all,
    ofClaim({ polarity: 'restrict' }),
    'an added value raised no watermark',
  ],
  [
    'a restriction that grants now',
    all,
    ofClaim({ polarity: 'grant' }, holds),
    'a removed value raised no watermark',
  ],
  ['another shape', all, ofClaim({ shape: 'scalar' }), 'other changes raised watermarks'],
  [
    'a description that grants now',
    all,
    ofClaim({ kind: 'authoritative' }, title),
    'older tokens of actors have the value of the subject',
  ],
  [
    'a grant that describes now',
    all,
    ofClaim({ kind: 'descriptive' }),
    'no loss of it counts any more',
  ],
  [
    'a claim that is derived',
    all,
    ofClaim({ from: ['title'] }),
    'older tokens can lack the values of the parent, and so its withdrawals',
  ],
  [
    'fewer values',
    ofClaim({ values: ['a', 'b'] }),
    ofClaim({ values: ['a'] }),
    'older tokens carry the value',
  ],
  [
    'another pattern',
    ofClaim({ pattern: 'a+' }),
    ofClaim({ pattern: 'b+' }),
    'older tokens can carry a value without it',
  ],
  [
    'a second source',
    all,
    ofClaim({ corroborates: 'iga' }),
    'the second source never stated the value',
  ],
  [
    'another second source',
    ofClaim({ corroborates: 'iga' }),
    ofClaim({ corroborates: 'crm' }),
    'the same',
  ],
  ['another source', all, ofClaim({ source: 'iga' }), 'the new source never stated the value'],
  ['a shorter life of a claim', all, ofClaim({ maxTtlMs: 60_000 }), 'older tokens live longer'],
  ['a shorter life of tokens', all, ofAudience({ ttlMs: 60_000 }), 'older tokens live longer'],
  [
    'actors that must have it too',
    ofClaim({ delegation: 'subject' }),
    all,
    'older tokens have the value of the subject',
  ],
  [
    'a claim that is gone',
    all,
    { claims: new Map([...base.claims].slice(1)) },
    'older tokens carry it',
  ],
  [
    'an audience that is gone',
    all,
    { audiences: new Map() },
    'its tokens are accepted by its edges',
  ],
  ['another account source', all, { account: 'iga' }, 'the new source never stated the account'],
  [
    'a tenant that is gone',
    all,
    { tenants: new Map() },
    'no source can take anything from its subjects',
  ],
  [
    'an identity provider that is gone',
    all,
    noProvider,
    'no source can take anything from its subjects',
  ],
]

/** The difference allows more, changes no right, or reaches older tokens by itself. */
const notNeeded: readonly Row[] = [
  ['a grant that an audience gets', carrying(), carrying('groups'), 'older tokens have less'],
  [
    'a restriction that an audience loses',
    carrying('holds'),
    carrying(),
    'older tokens are restricted more',
  ],
  ['a description that an audience gets', carrying(), carrying('title'), 'it decides nothing'],
  [
    'a claim that is not derived any more',
    ofClaim({ from: ['holds'] }),
    all,
    'a new token has the same values',
  ],
  [
    'more values',
    ofClaim({ values: ['a'] }),
    ofClaim({ values: ['a', 'b'] }),
    'older tokens have less',
  ],
  [
    'one source instead of two',
    ofClaim({ corroborates: 'iga' }),
    all,
    'a new token has the same values, or more',
  ],
  [
    'a claim that is new',
    { claims: new Map([...base.claims].slice(1)) },
    all,
    'the activation itself raises the minimum (rule 32)',
  ],
  [
    'an audience that comes back',
    { audiences: new Map() },
    all,
    'the version without it ended its tokens',
  ],
  ['a longer life of tokens', all, ofAudience({ ttlMs: 600_000 }), 'older tokens end earlier'],
  [
    'a stricter answer to silence',
    ofClaim({ onUnverified: 'strip' }),
    all,
    'edges take it from the claim map',
  ],
  [
    'a route that ignores nothing more',
    all,
    ofAudience({
      routes: new Map(
        [...payments.routes].map(([name, { ignores: _, ...route }]) => [name, route]),
      ),
    }),
    'edges take it from the claim map',
  ],
  [
    'a route that is gone',
    all,
    ofAudience({ routes: new Map() }),
    'edges take it from the claim map',
  ],
  ['a shorter lease', all, ofSource({ leaseMs: 1_000 }), 'edges take it from the claim map'],
  [
    'a source for nobody else',
    all,
    ofSource({ onBehalfOf: [] }),
    'what it sent stays in force for new tokens too',
  ],
  [
    'a source for somebody again',
    ofSource({ onBehalfOf: [] }),
    all,
    'a refused event changed no state that new tokens are minted from',
  ],
  [
    'a prefix for partners',
    all,
    ofClaim({ partners: partner }),
    'what they sent stays in force for new tokens too',
  ],
  ['no prefix for partners', ofClaim({ partners: partner }), all, 'it is the same state'],
  ['a cut-off source less', all, { cutOffs: [] }, 'what it cut off stays cut off'],
  ['a cut-off source that comes back', { cutOffs: [] }, all, 'a refused event cut off nothing'],
  [
    'an identity provider that comes back',
    noProvider,
    all,
    'the version without it ended the tokens of its subjects',
  ],
  [
    'a tenant that comes back',
    { tenants: new Map() },
    all,
    'the version without it ended its tokens',
  ],
  [
    'an audience less for a client',
    all,
    ofClient({ audiences: [] }),
    '`freshet cut-off client` ends its tokens alone',
  ],
  [
    'a client of another tenant',
    all,
    ofClient({ tenant: 'other' }),
    '`freshet cut-off client` ends its tokens alone',
  ],
  [
    'a client that is gone',
    all,
    { clients: new Map() },
    '`freshet cut-off client` ends its tokens alone',
  ],
  [
    'a foreign issuer that is gone',
    all,
    { issuers: new Map() },
    'edges take it from the claim map',
  ],
  [
    'a foreign issuer with fewer claims',
    all,
    ofIssuer({ claims: new Map() }),
    'edges take it from the claim map',
  ],
  [
    'other foreign subjects',
    all,
    ofIssuer({ subjects: { iss: 'https://idp', sub: 'oid' } }),
    'edges verify each token again',
  ],
]

const minimum = ([, before, after]: Row): boolean =>
  diffRegistries({ ...base, ...before }, { ...base, ...after }).some((each) => each.needsMinimum)

describe('a token of the version before', () => {
  it.each(needed)('must go, so the activation needs a minimum: %s', (...row) => {
    expect(minimum(row), row[3]).toBe(true)
    const [one, two] = [
      { ...base, ...row[1] },
      { ...base, ...row[2], version: 2 },
    ]
    expect(withoutMinimum(one, two, 1)).not.toEqual([])
    expect(withoutMinimum(one, two, 2)).toEqual([])
  })

  it.each(notNeeded)('can stay: %s', (...row) => {
    expect(diffRegistries({ ...base, ...row[1] }, { ...base, ...row[2] })).not.toEqual([])
    expect(minimum(row), row[3]).toBe(false)
  })
})

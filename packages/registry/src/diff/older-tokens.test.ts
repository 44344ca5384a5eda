import { exampleClaim, exampleRegistry, exampleSource } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import type {
  Audience,
  Claim,
  Client,
  ForeignIssuer,
  Registry,
  Route,
  Source,
} from '@freshet/protocol'
import { diffRegistries, withoutMinimum } from './diff-registries.ts'

const hr = exampleSource('hr', { onBehalfOf: ['partner'] })
const groups = exampleClaim('groups', 'hr')
const holds = exampleClaim('holds', 'iga', { polarity: 'restrict' })
const title = exampleClaim('title', 'hr', { kind: 'descriptive', polarity: 'restrict' })
const plain: Route = { require: new Map(), risk: 'normal', policies: [] }
const payments: Audience = {
  name: 'payments',
  claims: ['groups'],
  ttlMs: 300_000,
  routes: new Map([
    ['POST /a', plain],
    ['POST /b', { ...plain, ignores: ['holds'] }],
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

/** The difference and the reason, the version before, and the version after. */
type Row = readonly [difference: string, before: Partial<Registry>, after: Partial<Registry>]

/** An older token lacks a restriction, or carries a right, that a new token would not, and no record shows it. */
const needed: readonly Row[] = [
  [
    'a restriction that an audience gets: older tokens lack it',
    carrying('groups'),
    carrying('groups', 'holds'),
  ],
  [
    'a restriction that comes back: tokens of the time between lack it',
    carrying(),
    carrying('holds'),
  ],
  ['a grant that an audience loses: older tokens carry it', carrying('groups'), carrying()],
  [
    'a grant that restricts now: an added value raised no watermark',
    all,
    ofClaim({ polarity: 'restrict' }),
  ],
  [
    'a restriction that grants now: a removed value raised no watermark',
    all,
    ofClaim({ polarity: 'grant' }, holds),
  ],
  ['another shape: other changes raised watermarks', all, ofClaim({ shape: 'scalar' })],
  [
    'a description that grants now: older tokens of actors have the value of the subject',
    all,
    ofClaim({ kind: 'authoritative' }, title),
  ],
  [
    'a grant that describes now: no loss of it counts any more',
    all,
    ofClaim({ kind: 'descriptive' }),
  ],
  [
    'a claim that is derived: older tokens can lack the values of the parent, and so its withdrawals',
    all,
    ofClaim({ from: ['title'] }),
  ],
  [
    'fewer values: older tokens carry the value',
    ofClaim({ values: ['a', 'b'] }),
    ofClaim({ values: ['a'] }),
  ],
  [
    'another pattern: older tokens can carry a value without it',
    ofClaim({ pattern: 'a+' }),
    ofClaim({ pattern: 'b+' }),
  ],
  [
    'a second source: the second source never stated the value',
    all,
    ofClaim({ corroborates: 'iga' }),
  ],
  [
    'another second source: the same',
    ofClaim({ corroborates: 'iga' }),
    ofClaim({ corroborates: 'crm' }),
  ],
  ['another source: the new source never stated the value', all, ofClaim({ source: 'iga' })],
  ['a shorter life of a claim: older tokens live longer', all, ofClaim({ maxTtlMs: 60_000 })],
  ['a shorter life of tokens: older tokens live longer', all, ofAudience({ ttlMs: 60_000 })],
  [
    'actors that must have it too: older tokens have the value of the subject',
    ofClaim({ delegation: 'subject' }),
    all,
  ],
  [
    'a claim that is gone: older tokens carry it',
    all,
    { claims: new Map([...base.claims].slice(1)) },
  ],
  ['an audience that is gone: its tokens are accepted by its edges', all, { audiences: new Map() }],
  ['another account source: the new source never stated the account', all, { account: 'iga' }],
  [
    'a tenant that is gone: no source can take anything from its subjects',
    all,
    { tenants: new Map() },
  ],
  [
    'an identity provider that is gone: no source can take anything from its subjects',
    all,
    noProvider,
  ],
]

/** The difference allows more, changes no right, or reaches older tokens by itself. */
const notNeeded: readonly Row[] = [
  ['a grant that an audience gets: older tokens have less', carrying(), carrying('groups')],
  [
    'a restriction that an audience loses: older tokens are restricted more',
    carrying('holds'),
    carrying(),
  ],
  ['a description that an audience gets: it decides nothing', carrying(), carrying('title')],
  [
    'a claim that is not derived any more: a new token has the same values',
    ofClaim({ from: ['holds'] }),
    all,
  ],
  [
    'more values: older tokens have less',
    ofClaim({ values: ['a'] }),
    ofClaim({ values: ['a', 'b'] }),
  ],
  [
    'one source instead of two: a new token has the same values, or more',
    ofClaim({ corroborates: 'iga' }),
    all,
  ],
  [
    'a claim that is new: the activation itself raises the minimum (rule 32)',
    { claims: new Map([...base.claims].slice(1)) },
    all,
  ],
  [
    'an audience that comes back: the version without it ended its tokens',
    { audiences: new Map() },
    all,
  ],
  ['a longer life of tokens: older tokens end earlier', all, ofAudience({ ttlMs: 600_000 })],
  [
    'a stricter answer to silence: edges take it from the claim map',
    ofClaim({ onUnverified: 'strip' }),
    all,
  ],
  [
    'a route that ignores nothing more: edges take it from the claim map',
    all,
    ofAudience({ routes: new Map([...payments.routes.keys()].map((name) => [name, plain])) }),
  ],
  [
    'a route that is gone: edges take it from the claim map',
    all,
    ofAudience({ routes: new Map() }),
  ],
  ['a shorter lease: edges take it from the claim map', all, ofSource({ leaseMs: 1_000 })],
  [
    'a source for nobody else: what it sent stays in force for new tokens too',
    all,
    ofSource({ onBehalfOf: [] }),
  ],
  [
    'a source for somebody again: a refused event changed no state that new tokens are minted from',
    ofSource({ onBehalfOf: [] }),
    all,
  ],
  [
    'a prefix for partners: what they sent stays in force for new tokens too',
    all,
    ofClaim({ partners: partner }),
  ],
  ['no prefix for partners: it is the same state', ofClaim({ partners: partner }), all],
  ['a cut-off source less: what it cut off stays cut off', all, { cutOffs: [] }],
  ['a cut-off source that comes back: a refused event cut off nothing', { cutOffs: [] }, all],
  [
    'an identity provider that comes back: the version without it ended the tokens of its subjects',
    noProvider,
    all,
  ],
  [
    'a tenant that comes back: the version without it ended its tokens',
    { tenants: new Map() },
    all,
  ],
  [
    'an audience less for a client: `freshet cut-off client` ends its tokens alone',
    all,
    ofClient({ audiences: [] }),
  ],
  [
    'a client of another tenant: `freshet cut-off client` ends its tokens alone',
    all,
    ofClient({ tenant: 'other' }),
  ],
  [
    'a client that is gone: `freshet cut-off client` ends its tokens alone',
    all,
    { clients: new Map() },
  ],
  ['a foreign issuer that is gone: edges take it from the claim map', all, { issuers: new Map() }],
  [
    'a foreign issuer with fewer claims: edges take it from the claim map',
    all,
    ofIssuer({ claims: new Map() }),
  ],
  [
    'other foreign subjects: edges verify each token again',
    all,
    ofIssuer({ subjects: { iss: 'https://idp', sub: 'oid' } }),
  ],
]

const minimum = ([, before, after]: Row): boolean =>
  diffRegistries({ ...base, ...before }, { ...base, ...after }).some((each) => each.needsMinimum)

describe('a token of the version before', () => {
  it.each(needed)('must go, so the activation needs a minimum: %s', (...row) => {
    expect(minimum(row)).toBe(true)
    const [one, two] = [
      { ...base, ...row[1] },
      { ...base, ...row[2], version: 2 },
    ]
    expect(withoutMinimum(one, two, 1)).not.toEqual([])
    expect(withoutMinimum(one, two, 2)).toEqual([])
  })

  it.each(notNeeded)('can stay: %s', (...row) => {
    expect(diffRegistries({ ...base, ...row[1] }, { ...base, ...row[2] })).not.toEqual([])
    expect(minimum(row)).toBe(false)
  })
})

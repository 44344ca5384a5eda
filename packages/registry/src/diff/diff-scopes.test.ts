import { exampleRegistry } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import type { Audience, Client, Registry } from '@freshet/protocol'
import { diffRegistries, withoutMinimum } from './diff-registries.ts'

const scopeOf = (values: readonly string[]): NonNullable<Audience['scopes']> =>
  new Map([['pay', { require: new Map([['groups', values]]) }]])
const audience: Audience = {
  name: 'payments',
  claims: ['groups'],
  scopes: scopeOf(['x']),
  ttlMs: 300_000,
  routes: new Map(),
}
const client: Client = {
  id: 'web',
  tenant: 'acme',
  audiences: ['payments'],
  scopes: ['pay'],
  introspects: [],
}
const one = exampleRegistry([], [], {
  audiences: new Map([['payments', audience]]),
  clients: new Map([['web', client]]),
})
const withAudience = (change: Partial<Audience>): Partial<Registry> => ({
  audiences: new Map([['payments', { ...audience, ...change }]]),
})
const withClient = (change: Partial<Client>): Partial<Registry> => ({
  clients: new Map([['web', { ...client, ...change }]]),
})

describe('the differences of another version in scopes', () => {
  it.each<[string, Partial<Registry>, string]>([
    [
      'a scope less for an audience',
      withAudience({ scopes: new Map() }),
      '/audiences/payments/scopes/pay',
    ],
    [
      'a value more that a scope requires',
      withAudience({ scopes: scopeOf(['x', 'y']) }),
      '/audiences/payments/scopes/pay/require',
    ],
  ])(
    'takes away from tokens that are out, so that an activation needs a minimum: %s',
    (_, change, place) => {
      const two = { ...one, ...change, version: 2 }
      expect(diffRegistries(one, two)).toMatchObject([
        { place, effect: 'tightens', needsMinimum: true },
      ])
      expect(withoutMinimum(one, two, 0)).toMatchObject([{ place }])
      expect(withoutMinimum(one, two, 2)).toEqual([])
    },
  )

  it('takes a scope from a client, whose tokens are cut off by its name', () => {
    expect(diffRegistries(one, { ...one, ...withClient({ scopes: [] }) })).toEqual([
      {
        place: '/clients/web/scopes',
        effect: 'tightens',
        needsMinimum: false,
        sentence:
          'client web cannot ask for scope pay; its present tokens are valid until `freshet cut-off client web`',
      },
    ])
  })

  it.each<[string, Partial<Registry>, string]>([
    [
      'a scope more for an audience',
      withAudience({ scopes: new Map([...scopeOf(['x']), ['read', { require: new Map() }]]) }),
      '/audiences/payments/scopes/read',
    ],
    [
      'a value less that a scope requires',
      withAudience({ scopes: scopeOf([]) }),
      '/audiences/payments/scopes/pay/require',
    ],
    ['a scope more for a client', withClient({ scopes: ['pay', 'read'] }), '/clients/web/scopes'],
  ])('widens: %s', (_, change, place) => {
    expect(diffRegistries(one, { ...one, ...change })).toMatchObject([{ place, effect: 'widens' }])
  })
})

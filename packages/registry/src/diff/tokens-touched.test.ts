import { describe, expect, it } from 'vitest'
import type { Claim, Registry } from '@freshet/protocol'
import type { PolicyDifference } from './difference.ts'
import { tokensTouched, type TokenKind } from './tokens-touched.ts'

const claimEntry = (name: string, source: string): [string, Claim] => [
  name,
  { name, source } as Claim,
]
const version = {
  account: 'hr',
  cutOffs: ['security'],
  claims: new Map([
    claimEntry('groups', 'hr'),
    claimEntry('entitlements', 'iga'),
    claimEntry('a/b', 'iga'),
  ]),
} as unknown as Registry
const moved = { ...version, claims: new Map([claimEntry('groups', 'partner')]) }

const kind = (tokens: number, more: Partial<TokenKind>): TokenKind => ({
  tenant: 'acme',
  audience: 'payments',
  client: 'web',
  claims: ['groups'],
  tokens,
  ...more,
})
const kinds = [
  kind(1, {}),
  kind(2, { claims: ['groups', 'entitlements'] }),
  kind(4, { audience: 'people', claims: ['a/b'] }),
  kind(8, { client: 'mobile' }),
  kind(16, { tenant: 'northwind', claims: [] }),
]

const at = (place: string, effect: PolicyDifference['effect'] = 'tightens'): PolicyDifference => ({
  place,
  effect,
  needsMinimum: false,
  sentence: '',
})

describe('the tokens that a difference is about', () => {
  it.each([
    ['/claims/groups/maxTtl', 11],
    ['/claims/a~1b', 4],
    ['/claims/unknown', 0],
    ['/sources/iga/lease', 6],
    ['/sources/partner', 11],
    ['/sources/hr/keys', 31],
    ['/sources/security', 31],
    ['/audiences/people/ttl', 4],
    ['/audiences/payments/routes/POST ~1approve', 27],
    ['/clients/mobile', 8],
    ['/tenants/northwind', 16],
    ['/account', 31],
    ['/cutOffs', 31],
    ['/breakGlass', 31],
    ['/guards/cutOff', 31],
    ['/slo/reduce/within', 0],
    ['/policySchema', 0],
  ])('%s: %d', (place, tokens) => {
    const { byDifference, outstanding } = tokensTouched([at(place)], [version, moved], kinds)
    expect([byDifference, outstanding]).toEqual([[tokens], 31])
  })

  it('are counted once where several differences tighten, and not where they widen', () => {
    const tightened = [at('/claims/groups'), at('/clients/mobile'), at('/audiences/people')]
    const found = [...tightened, at('/tenants/northwind', 'widens')]
    expect(tokensTouched(found, [version], kinds)).toEqual({
      outstanding: 31,
      tightened: 15,
      byDifference: [11, 8, 4, 16],
    })
    expect(tokensTouched([], [version], kinds).tightened).toBe(0)
  })
})

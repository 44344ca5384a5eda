import { describe, expect, it } from 'vitest'
import type { Audience, Claim, Registry, Route } from '@freshet/protocol'
import { diffRegistries } from '../diff/diff-registries.ts'
import { usageOf, withoutUnused, type UsedClaim } from './claim-usage.ts'

const claim = (name: string, kind: Claim['kind'] = 'authoritative'): [string, Claim] => [
  name,
  { name, kind, polarity: 'grant', from: [] as readonly string[] } as Claim,
]
const route = (more: Partial<Route> = {}): Route => ({
  require: new Map(),
  risk: 'normal',
  policies: [],
  ...more,
})

function registryOf(routes: Readonly<Record<string, Route>> = {}): Registry {
  const audience: Audience = {
    name: 'payments',
    claims: ['groups', 'entitlements', 'roles', 'department'],
    ttlMs: 300_000,
    routes: new Map(Object.entries(routes)),
  }
  const claims = [claim('groups'), claim('entitlements'), claim('roles')]
  const none = new Map()
  return {
    version: 1,
    account: 'hr',
    cutOffs: [],
    tenants: none,
    sources: none,
    clients: none,
    slo: none,
    claims: new Map([...claims, claim('department', 'descriptive')]),
    audiences: new Map([['payments', audience]]),
  }
}

const used = (name: string, more: Partial<UsedClaim> = {}): UsedClaim => ({
  audience: 'payments',
  route: 'r',
  claim: name,
  decisions: 10,
  required: 10,
  needed: 10,
  carried: 20,
  ...more,
})

const statesOf = (registry: Registry, all: readonly UsedClaim[]): Record<string, string> =>
  Object.fromEntries(
    usageOf(registry, all)[0]?.claims.map((each) => [each.claim, each.state]) ?? [],
  )

describe('the usage of an audience', () => {
  it('separates the unused entries from those without a possible use', () => {
    const all = [used('groups'), used('roles', { required: 0, needed: 0, carried: 0 })]
    expect(statesOf(registryOf(), all)).toEqual({
      groups: 'used',
      roles: 'unnamed',
      entitlements: 'unused',
      department: 'descriptive',
    })
  })

  it('calls nothing unused if no decision was counted', () => {
    const other = used('groups', { audience: 'other' })
    expect(statesOf(registryOf(), [other])).toMatchObject({ entitlements: 'no-data' })
    expect(withoutUnused(registryOf(), usageOf(registryOf(), [other]))).toEqual(registryOf())
  })

  it('keeps what a declared route requires, or may read by its policies', () => {
    const requires = route({ require: new Map([['entitlements', ['pay']]]) })
    expect(statesOf(registryOf({ 'GET /a': requires }), [used('groups')])).toMatchObject({
      entitlements: 'kept',
      roles: 'unused',
    })
    const governed = route({ policies: ['p.cedar'] })
    expect(statesOf(registryOf({ 'GET /a': governed }), [used('groups')])).toMatchObject({
      entitlements: 'kept',
      roles: 'kept',
    })
  })

  it('finds bundles that are far wider than what is needed, over all routes', () => {
    const found = (needed: number, carried: number): unknown => {
      const all = [
        used('groups', { needed, carried }),
        used('groups', { route: 'q', needed, carried }),
      ]
      return usageOf(registryOf(), all)[0]?.claims[0]
    }
    expect(found(20, 400)).toMatchObject({ needed: 2, carried: 40, isWide: true })
    expect(found(100, 300)).toMatchObject({ isWide: false })
    expect(found(10, 90)).toMatchObject({ isWide: false })
  })

  it('is the ground of a smaller registry, whose difference takes away', () => {
    const registry = registryOf()
    const usage = usageOf(registry, [used('groups')])
    const smaller = withoutUnused(registry, usage)
    expect(diffRegistries(registry, smaller)).toMatchObject([
      { effect: 'tightens', sentence: 'tokens for payments no longer carry entitlements' },
      { effect: 'tightens', sentence: 'tokens for payments no longer carry roles' },
    ])
  })
})

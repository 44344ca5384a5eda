import { describe, expect, it } from 'vitest'
import { openAt, grantFor, grantRefusal, type BreakGlassGrant } from './break-glass-grant.ts'
import type { Claim, Registry, Route } from '../registry/registry.ts'

const HOUR_MS = 3_600_000
const question = { tenant: 'acme', audience: 'payments', route: 'POST /approve', claim: 'groups' }
const grant: BreakGlassGrant = {
  ...question,
  id: 'open-1',
  fromMs: 9 * HOUR_MS,
  untilMs: 10 * HOUR_MS,
}
const at = (nowMs: number, maxMs = HOUR_MS) => grantFor([grant], question, { nowMs, maxMs })

describe('an opening', () => {
  it('lets in until its end, and not at it', () => {
    expect(at(grant.untilMs - 1)).toBe(grant)
    expect(at(grant.untilMs)).toBeUndefined()
    expect(openAt([grant], grant.untilMs - 1)).toEqual([grant])
    expect(openAt([grant], grant.untilMs)).toEqual([])
  })

  it('opens nothing where it lasts longer than any may, as long as it lasts', () => {
    expect(at(grant.fromMs, HOUR_MS - 1)).toBeUndefined()
    expect(at(grant.untilMs - 1, HOUR_MS - 1)).toBeUndefined()
  })

  it('opens nothing before it begins: a clock that is further behind would not see its end', () => {
    expect(at(grant.fromMs - 2_000)).toBe(grant)
    expect(at(grant.fromMs - 2_001)).toBeUndefined()
  })

  it.each(['tenant', 'audience', 'route', 'claim'] as const)(
    'is for its own %s alone',
    (member) => {
      const other = { ...question, [member]: 'another' }
      const terms = { nowMs: grant.untilMs - 1, maxMs: HOUR_MS }
      expect(grantFor([grant], other, terms)).toBeUndefined()
    },
  )
})

const claim = { name: 'groups', kind: 'authoritative' } as Claim
const required: Route = { require: new Map([['groups', ['x']]]), risk: 'normal', policies: [] }
function registry(routes: readonly (readonly [string, Route])[], more: Partial<Registry> = {}) {
  const payments = { name: 'payments', claims: ['groups'], ttlMs: 1, routes: new Map(routes) }
  return {
    breakGlassMaxMs: HOUR_MS,
    claims: new Map([
      ['groups', claim],
      ['department', { ...claim, name: 'department', kind: 'descriptive' }],
      ['entitlements', { ...claim, name: 'entitlements' }],
    ]),
    audiences: new Map([['payments', payments]]),
    ...more,
  } as unknown as Registry
}
const declared = registry([['POST /approve', required]])
const open = (more: Partial<BreakGlassGrant> = {}): BreakGlassGrant => ({
  ...question,
  id: 'o1',
  fromMs: 0,
  untilMs: HOUR_MS,
  ...more,
})

describe('what may be opened', () => {
  it('is a declared route for a claim that it requires, for as long as the registry has it', () => {
    expect(grantRefusal(declared, open())).toBeUndefined()
    expect(grantRefusal(registry([]), open({ route: 'anything' }))).toBeUndefined()
    const free = registry([['POST /approve', { ...required, require: new Map() }]])
    expect(grantRefusal(free, open())).toBeUndefined()
  })

  it.each<[string, Registry, Partial<BreakGlassGrant>, RegExp]>([
    [
      'without a word of the registry',
      registry([], { breakGlassMaxMs: undefined as never }),
      {},
      /declares no breakGlass/,
    ],
    ['for longer than declared', declared, { untilMs: HOUR_MS + 1 }, /no longer than/],
    ['for no time', declared, { untilMs: 0 }, /no longer than/],
    ['until no time at all', declared, { untilMs: Number.NaN }, /no longer than/],
    ['an unknown claim', declared, { claim: 'xx' }, /claim xx/],
    ['a descriptive claim', declared, { claim: 'department' }, /claim department/],
    ['an unknown audience', declared, { audience: 'xx' }, /audience xx/],
    ['a route that is not declared', declared, { route: 'GET /' }, /route GET \//],
    [
      'a claim that the route does not require',
      declared,
      { claim: 'entitlements' },
      /does not require/,
    ],
    [
      'a route of high risk',
      registry([['POST /approve', { ...required, risk: 'high' }]]),
      {},
      /high risk/,
    ],
  ])('is not: %s', (_, by, more, rule) => {
    expect(grantRefusal(by, open(more))).toMatch(rule)
  })
})

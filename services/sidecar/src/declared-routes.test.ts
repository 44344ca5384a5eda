import { mappedRoutes, type MappedRoute } from '@freshet/protocol'
import type { RoutesInForce } from '@freshet/edge'
import { approvalRegistry, APPROVE, ManualClock, REPORT } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  declaredIn,
  ROUTES_SKEW_MAX_MS,
  RoutesNow,
  type DeclaredRoutes,
} from './declared-routes.ts'
import { forwardedPolicy } from './forwarded-policy.ts'

const routes = declaredIn(mappedRoutes(approvalRegistry()))
const require = { groups: ['payments-approvers'] }
const policyOf = (route: string, query = '') => {
  const [method = '', target = ''] = route.split(' ')
  const context = { audience: 'payments', routes }
  return forwardedPolicy(
    new URLSearchParams(query),
    { method, target: `${target}?amount=5` },
    context,
  )
}

describe('a forwarded request', () => {
  it('to a route with policies is asked of the authority by its name, whatever the query adds', () => {
    expect(policyOf(APPROVE)).toEqual({ require, risk: 'high', route: APPROVE })
    const more = { groups: [...require.groups, 'staff'] }
    expect(policyOf(APPROVE, 'require.groups=staff&risk=normal')).toEqual({
      require: more,
      risk: 'high',
      route: APPROVE,
    })
  })

  it('control: one to a route without policies names it for openings alone', () => {
    expect(policyOf(REPORT)).toEqual({ require, risk: 'normal', enforce: 'always', name: REPORT })
  })
})

describe('a restriction that a route ignores', () => {
  const base = { require: new Map(), policies: [], ignores: ['holds'] }
  const declared = declaredIn(
    mappedRoutes({
      audiences: new Map([
        [
          'payments',
          {
            name: 'payments',
            claims: ['holds'],
            ttlMs: 1,
            routes: new Map([
              ['GET /a', { ...base, risk: 'normal' as const }],
              ['GET /b', { ...base, risk: 'high' as const }],
            ]),
          },
        ],
      ]),
    }),
  )
  const policy = (target: string, query = '', known: DeclaredRoutes | null = declared) =>
    forwardedPolicy(
      new URLSearchParams(query),
      { method: 'GET', target },
      { audience: 'payments', routes: known ?? undefined },
    )

  it('is named by the registry, whatever the risk and whatever the query adds', () => {
    for (const target of ['/a', '/b']) {
      expect(policy(target)).toMatchObject({ ignores: ['holds'] })
      const more = policy(target, 'require.groups=staff&risk=high')
      expect(more).toMatchObject({ ignores: ['holds'], risk: 'high' })
    }
  })

  it('is named by the query only where no registry is loaded', () => {
    const named = policy('/a', 'ignores=holds&ignores=limits', null)
    expect(named).toMatchObject({ ignores: ['holds', 'limits'] })
    expect(() => policy('/a', 'ignores=holds')).toThrow(/which the registry says here/)
    expect(() => policy('/a', 'ignores=', null)).toThrow(/unknown or repeated/)
    // Control: without it, the policy ignores nothing.
    expect(policy('/a', '', null)).not.toHaveProperty('ignores')
  })
})

describe('the routes that a sidecar enforces', () => {
  const route = (group: string): MappedRoute => {
    return { require: new Map([['groups', [group]]]), risk: 'normal', hasPolicies: false }
  }
  const routesOf = (group: string) => new Map([['payments', new Map([['GET /a', route(group)]])]])
  const request = { method: 'GET', target: '/a?b=c' }
  let inForce: RoutesInForce | undefined
  let clock: ManualClock
  let now: RoutesNow
  beforeEach(() => {
    inForce = undefined
    clock = new ManualClock()
    const file = { version: 1, routes: routesOf('of-the-file') }
    now = new RoutesNow({ file, inForce: () => inForce, clock })
  })
  const required = () => now.find('payments', request)?.require

  it('are those of the version in force as soon as it is', () => {
    expect(required()).toEqual({ groups: ['of-the-file'] })
    inForce = { version: 2, routes: routesOf('of-version-2') }
    expect(required()).toEqual({ groups: ['of-version-2'] })
    inForce = { version: 3, routes: new Map() }
    expect(now.find('payments', request)).toBeUndefined()
    expect(now.compare()).toBeUndefined()
  })

  it('are those of the file where the map carries none and the file is the version in force', async () => {
    inForce = { version: 1 }
    await clock.advance(ROUTES_SKEW_MAX_MS * 2)
    expect(required()).toEqual({ groups: ['of-the-file'] })
    expect(now.compare()).toBeUndefined()
  })

  it('are none, after five minutes in which another version is in force whose map carries none', async () => {
    inForce = { version: 2 }
    expect(now.compare()).toMatchObject({ active: 2 })
    await clock.advance(ROUTES_SKEW_MAX_MS - 1)
    expect(required()).toEqual({ groups: ['of-the-file'] })
    await clock.advance(1)
    expect(required).toThrow(
      /Policy version 2 is in force, and this sidecar has the routes of version 1/,
    )
    expect(() => now.requireKnown()).toThrow(/start it with the file of version 2/)
    inForce = { version: 1 }
    expect(required()).toEqual({ groups: ['of-the-file'] })
  })
})

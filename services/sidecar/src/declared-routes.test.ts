import { mappedRoutes, type MappedRoute } from '@freshet/protocol'
import type { RoutesInForce } from '@freshet/edge'
import { approvalRegistry, APPROVE, ManualClock, REPORT } from '@freshet/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { declaredIn, ROUTES_SKEW_MAX_MS, RoutesNow } from './declared-routes.ts'
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

describe('the routes that a sidecar enforces', () => {
  const route = (group: string): MappedRoute => {
    return { require: new Map([['groups', [group]]]), risk: 'normal', hasPolicies: false }
  }
  const routesOf = (group: string) => new Map([['payments', new Map([['GET /a', route(group)]])]])
  const asked = { method: 'GET', target: '/a?b=c' }
  let inForce: RoutesInForce | undefined
  let clock: ManualClock
  let now: RoutesNow
  beforeEach(() => {
    inForce = undefined
    clock = new ManualClock()
    const file = { version: 1, routes: routesOf('of-the-file') }
    now = new RoutesNow({ file, inForce: () => inForce, clock })
  })
  const required = () => now.find('payments', asked)?.require

  it('are those of the version in force as soon as it is', () => {
    expect(required()).toEqual({ groups: ['of-the-file'] })
    inForce = { version: 2, routes: routesOf('of-version-2') }
    expect(required()).toEqual({ groups: ['of-version-2'] })
    inForce = { version: 3, routes: new Map() }
    expect(now.find('payments', asked)).toBeUndefined()
    expect(now.look()).toBeUndefined()
  })

  it('are those of the file where the map carries none and the file is the version in force', async () => {
    inForce = { version: 1 }
    await clock.advance(ROUTES_SKEW_MAX_MS * 2)
    expect(required()).toEqual({ groups: ['of-the-file'] })
    expect(now.look()).toBeUndefined()
  })

  it('are none, after five minutes in which another version is in force whose map carries none', async () => {
    inForce = { version: 2 }
    expect(now.look()).toMatchObject({ active: 2 })
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

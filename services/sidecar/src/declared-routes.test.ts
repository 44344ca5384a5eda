import { approvalRegistry, APPROVE, REPORT } from '@freshet/testkit'
import { describe, expect, it } from 'vitest'
import { declaredRoutes } from './declared-routes.ts'
import { forwardedPolicy } from './forwarded-policy.ts'

const routes = declaredRoutes(approvalRegistry())
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

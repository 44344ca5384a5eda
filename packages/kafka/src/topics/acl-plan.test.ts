import { expect, test } from 'vitest'
import { ACL_ROLES, planAcls } from './acl-plan.ts'

test('every role has rules, under a principal of its own', () => {
  const rules = planAcls()
  expect(new Set(rules.map(({ role }) => role))).toEqual(new Set(ACL_ROLES))
  expect(new Set(rules.map(({ principal }) => principal)).size).toBe(ACL_ROLES.length)
})

test('only the reconciler writes revocations, and an edge reads nothing else', () => {
  const rules = planAcls()
  const writers = rules.filter(
    ({ topic, operations }) => topic === 'freshet.revocations.v1' && operations.includes('Write'),
  )
  expect(writers.map(({ role }) => role)).toEqual(['reconciler'])
  const read = rules.filter(
    ({ role, operations }) => role === 'edge' && operations.includes('Read'),
  )
  expect(read.map(({ topic }) => topic)).toEqual(['freshet.revocations.v1'])
})

test('a role has the rules of each principal that it is given', () => {
  const principals = new Map([['edge', ['User:payments', 'User:CN=ledger']]] as const)
  expect(planAcls(principals, ['edge']).map(({ principal }) => principal)).toEqual([
    'User:payments',
    'User:payments',
    'User:CN=ledger',
    'User:CN=ledger',
  ])
})

import { expect, test } from 'vitest'
import { planQuotas } from './quota-plan.ts'

test('only clients have quotas: what they write, and what an edge reads', () => {
  const rates = planQuotas().map(({ principal, producerBytesPerS, consumerBytesPerS }) => [
    principal,
    producerBytesPerS,
    consumerBytesPerS,
  ])
  expect(rates).toEqual([
    ['User:freshet-edge', 262_144, 16_777_216],
    ['User:freshet-source', 8_388_608, undefined],
    ['User:freshet-issuer', 4_194_304, undefined],
  ])
})

test('each principal of a role has a quota of its own, and one of two roles has the sum', () => {
  const principals = new Map([
    ['edge', ['User:payments', 'User:ledger']],
    ['source', ['User:hr']],
    ['issuer', ['User:hr']],
  ] as const)
  const rules = planQuotas(principals)
  expect(rules.map(({ principal, roles }) => [principal, roles])).toEqual([
    ['User:payments', ['edge']],
    ['User:ledger', ['edge']],
    ['User:hr', ['source', 'issuer']],
  ])
  expect(rules[2]).toMatchObject({ producerBytesPerS: 8_388_608 + 4_194_304 })
  expect(rules[2]?.reasons).toHaveLength(2)
})

test('a principal that is no user has no quota', () => {
  const limited = planQuotas(new Map([['edge', ['Group:edges']]]))
  expect(limited.map(({ principal }) => principal)).not.toContain('Group:edges')
})

test('a principal that is also a service has no quota', () => {
  const principals = new Map([['edge', ['User:freshet-console', 'User:payments']]] as const)
  const limited = planQuotas(principals).map(({ principal }) => principal)
  expect(limited).toContain('User:payments')
  expect(limited).not.toContain('User:freshet-console')
})

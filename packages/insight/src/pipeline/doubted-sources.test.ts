import { ACCOUNT_CLAIM } from '@freshet/protocol'
import { ACME_IDP, acmeRegistry } from '@freshet/testkit'
import { expect, it } from 'vitest'
import { doubtedSources, type WholeDoubt } from './doubted-sources.ts'

const registry = acmeRegistry()
const doubt = (claim: string, more: Partial<WholeDoubt> = {}): WholeDoubt => {
  return { tenant: 'acme', issuer: null, claim, change: 'v2', sinceMs: 200, ...more }
}
const hr = { tenant: 'acme', source: 'hr', issuer: null, hasAccounts: false, isVoided: false }

it('claims in doubt are listed under the source that states them, since the oldest doubt', () => {
  const doubts = [doubt('groups'), doubt('department', { change: 'v1', sinceMs: 100 })]
  const [found, ...others] = doubtedSources([...doubts, doubt('entitlements')], [], registry)
  const claims = ['department', 'groups']
  expect(found).toEqual({ ...hr, claims, change: 'v1', sinceMs: 100 })
  expect(others).toMatchObject([{ source: 'iga', claims: ['entitlements'] }])
})

it('all accounts in doubt are listed under the account source', () => {
  expect(doubtedSources([doubt(ACCOUNT_CLAIM)], [], registry)).toMatchObject([
    { source: registry.account, claims: [], hasAccounts: true },
  ])
})

it('an identity provider is listed apart from its whole tenant', () => {
  const doubts = [doubt('groups'), doubt('groups', { issuer: ACME_IDP })]
  const issuers = doubtedSources(doubts, [], registry).map(({ issuer }) => issuer)
  expect(issuers).toEqual([null, ACME_IDP])
})

it('a snapshot that an activation ended is shown for its own tenant and source', () => {
  const voided = { tenant: 'acme', source: 'hr', isVoided: true } as const
  const of = (feed: object) =>
    doubtedSources([doubt('groups')], [{ ...voided, ...feed }], registry)[0]?.isVoided
  expect(of({})).toBe(true)
  expect(of({ source: 'iga' })).toBe(false)
  expect(of({ tenant: 'umbrella' })).toBe(false)
})

it('a claim that no source states any more is left out', () => {
  expect(doubtedSources([doubt('gone')], [], registry)).toEqual([])
})

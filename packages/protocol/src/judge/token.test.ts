import { describe, expect, it } from 'vitest'
import { scopeKey } from '../scope/scope.ts'
import { valueScopeKeys } from './token.ts'

describe('the values of a token, as the ledger keeps them', () => {
  it('are the scopes by which a withdrawn value finds it, each under its own claim', () => {
    const claims = new Map([
      ['groups', ['a', 'b']],
      ['roles', ['a']],
      ['department', []],
    ])
    const of = (claim: string, value: string): string =>
      scopeKey({ kind: 'value', tenant: 'acme', claim, value })
    expect(valueScopeKeys({ tenant: 'acme', claims })).toEqual([
      of('groups', 'a'),
      of('groups', 'b'),
      of('roles', 'a'),
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { firstUndeclared, firstUngranted, scopeClaims } from './scopes-to-grant.ts'

const audience = {
  scopes: new Map([
    ['read', { require: new Map() }],
    [
      'approve',
      {
        require: new Map([
          ['groups', ['approvers', 'staff']],
          ['tier', ['high']],
        ]),
      },
    ],
  ]),
}
const carrying = (claims: Readonly<Record<string, readonly string[]>>) =>
  new Map(Object.entries(claims))

describe('a scope that is asked for', () => {
  it('is declared where the client and the audience both have it', () => {
    const client = { scopes: ['read', 'elsewhere'] }
    expect(firstUndeclared(['read'], client, audience)).toBeUndefined()
    expect(firstUndeclared(['read', 'approve'], client, audience)).toBe('approve')
    expect(firstUndeclared(['elsewhere'], client, audience)).toBe('elsewhere')
  })

  it('is declared by no registry by default', () => {
    expect(firstUndeclared(['read'], {}, audience)).toBe('read')
    expect(firstUndeclared(['read'], { scopes: ['read'] }, {})).toBe('read')
    expect(firstUndeclared([], {}, {})).toBeUndefined()
  })

  it('is granted where the token carries all values that it requires', () => {
    const claims = carrying({ groups: ['staff', 'approvers'], tier: ['high'] })
    expect(firstUngranted(['read', 'approve'], audience, claims)).toBeUndefined()
  })

  it.each([
    ['has one value too few', { groups: ['staff'], tier: ['high'] }, 'groups'],
    ['has none of a claim', { groups: ['staff', 'approvers'], tier: [] }, 'tier'],
    ['does not carry the claim', { groups: ['staff', 'approvers'] }, 'tier'],
  ])('is not granted where the token %s', (_, claims, claim) => {
    const refused = { kind: 'scope', scope: 'approve', claim }
    expect(firstUngranted(['approve'], audience, carrying(claims))).toEqual(refused)
  })

  it('is not granted where the audience does not have it, whatever was checked before', () => {
    expect(firstUngranted(['admin'], audience, new Map())).toEqual({
      kind: 'scope',
      scope: 'admin',
    })
  })

  it('brings the claims that it is derived from, each once', () => {
    expect(scopeClaims(['read', 'approve', 'approve'], audience)).toEqual(['groups', 'tier'])
    expect(scopeClaims(['read'], audience)).toEqual([])
  })
})

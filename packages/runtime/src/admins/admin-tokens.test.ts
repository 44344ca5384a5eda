import { describe, expect, it } from 'vitest'
import { adminTokenHash, adminTokens, bearerAdmin, requireRole } from './admin-tokens.ts'

const hash = adminTokenHash('a-token-of-alice')
const text = `alice:operator:${hash}, bob:viewer:${adminTokenHash('a-token-of-bob')}`

describe('tokens of admins', () => {
  it('are read from configuration as names, roles and hashes', () => {
    expect(adminTokens.parse(text)).toEqual([
      { name: 'alice', role: 'operator', hash },
      { name: 'bob', role: 'viewer', hash: adminTokenHash('a-token-of-bob') },
    ])
    expect(adminTokens.parse(undefined)).toEqual([])
  })

  it.each([
    ['a token in place of its hash', 'alice:operator:a-token-of-alice'],
    ['no role', `alice:${hash}`],
    ['a role that there is not', `alice:root:${hash}`],
  ])('refuse %s', (_, wrong) => {
    expect(adminTokens.safeParse(wrong).success).toBe(false)
  })

  it('admit the bearer of one, and no other caller', () => {
    const tokens = adminTokens.parse(text)
    expect(bearerAdmin('Bearer a-token-of-bob', tokens)).toMatchObject({ name: 'bob' })
    for (const other of [null, '', 'Bearer ', 'Bearer a-token-of', `Bearer ${hash}`, 'Basic x']) {
      expect(bearerAdmin(other, tokens)).toBeUndefined()
    }
  })

  it('give what their role and the roles below it may do', () => {
    const [alice, bob] = adminTokens.parse(text)
    expect(requireRole(alice, 'viewer')).toBe(alice)
    expect(requireRole(alice, 'operator')).toBe(alice)
    expect(() => requireRole(bob, 'operator')).toThrow('The role operator is required')
    expect(() => requireRole(alice, 'admin')).toThrow(/alice has operator/)
    expect(() => requireRole(undefined, 'viewer')).toThrow(/required/)
  })
})

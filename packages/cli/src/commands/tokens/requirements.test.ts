import { expect, it } from 'vitest'
import { requirementsOf } from './token.ts'

it('the requirements of a route are listed with commas, or by naming the claim again', () => {
  expect(requirementsOf(['groups=a,b', 'entitlements=x=y', 'groups=c'])).toEqual({
    groups: ['a', 'b', 'c'],
    entitlements: ['x=y'],
  })
})

it('a comma that belongs to a value is escaped', () => {
  const name = String.raw`groups=cn=a\,ou=b,staff`
  expect(requirementsOf([name])).toEqual({ groups: ['cn=a,ou=b', 'staff'] })
})

it.each(['groups', '=a', 'groups=', 'groups=a,', 'groups=,a', 'groups=a,,b'])(
  '%j is refused: an empty requirement would be met by every token, or by none',
  (text) => {
    expect(() => requirementsOf([text])).toThrow('--require needs claim=value')
  },
)

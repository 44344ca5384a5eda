import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  mergeAccount,
  raisesAccount,
  UNTOUCHED_ACCOUNT,
  type AccountState,
} from './account-state.ts'
import type { AccountOp } from './change.ts'

const v = (n: number) => ({ epoch: 0n, n: BigInt(n) })
const events = fc.tuple(
  fc.constantFrom<AccountOp>('disabled', 'enabled', 'deleted', 'sessions-revoked'),
  fc.nat(5).map(v),
)

function fold(list: readonly (readonly [AccountOp, ReturnType<typeof v>])[]): AccountState {
  return list.reduce((state, [op, version]) => mergeAccount(state, op, version), UNTOUCHED_ACCOUNT)
}

test('the state of an account does not depend on the order of arrival (rule 33)', () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 6 }), (list) => {
      expect(fold(list.toReversed())).toEqual(fold(list))
    }),
  )
})

test('a late "disabled" does not undo a newer "enabled", yet it raises the account watermark', () => {
  expect(
    fold([
      ['enabled', v(5)],
      ['disabled', v(3)],
    ]).state,
  ).toBe('enabled')
  expect(raisesAccount('disabled')).toBe(true)
})

test('a deletion stays a floor after the account is enabled again', () => {
  const state = fold([
    ['deleted', v(4)],
    ['enabled', v(6)],
  ])
  expect(state).toEqual({ state: 'enabled', version: v(6), deletedFloor: v(4) })
})

test('at one version the more restrictive state wins', () => {
  expect(
    fold([
      ['enabled', v(1)],
      ['disabled', v(1)],
    ]).state,
  ).toBe('disabled')
})

test('only "enabled" leaves outstanding tokens alone', () => {
  expect(raisesAccount('enabled')).toBe(false)
  expect(raisesAccount('credential-compromised')).toBe(true)
})

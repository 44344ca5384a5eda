import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  mergeAccount,
  omitAccount,
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
  return list.reduce(
    (state, [op, version]) => mergeAccount(state, { op, source: 'hr', version }),
    UNTOUCHED_ACCOUNT,
  )
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
  expect(state).toEqual({
    state: 'enabled',
    source: 'hr',
    version: v(6),
    deletedFloor: v(4),
    deletedBy: 'hr',
  })
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

const account = (state: AccountState['state'], source: string | null, n: number): AccountState => ({
  ...UNTOUCHED_ACCOUNT,
  state,
  source,
  version: v(n),
})

test('versions of two sources do not compare: another source starts from nothing (rule 32)', () => {
  const disabled = { op: 'disabled', source: 'iga', version: v(1) } as const
  const moved = mergeAccount(account('enabled', 'hr', 900), disabled)
  expect(moved).toMatchObject({ state: 'disabled', source: 'iga', version: v(1) })
  const enabled = { op: 'enabled', source: 'iga', version: v(1) } as const
  expect(mergeAccount(account('disabled', 'hr', 900), enabled).state).toBe('enabled')
})

test('control: the same source is asked for a newer version', () => {
  const late = { op: 'disabled', source: 'hr', version: v(1) } as const
  expect(mergeAccount(account('enabled', 'hr', 900), late).state).toBe('enabled')
})

test('of an account whose source was not stored, only the more restrictive state needs no newer version', () => {
  const unknown = account('enabled', null, 900)
  const at = (op: AccountOp, state = unknown): AccountState['state'] =>
    mergeAccount(state, { op, source: 'iga', version: v(1) }).state
  expect(at('disabled')).toBe('disabled')
  expect(at('enabled', account('disabled', null, 900))).toBe('disabled')
})

test('a deletion keeps its source, also when another source sends the account', () => {
  const deleted = mergeAccount(account('enabled', 'hr', 5), {
    op: 'deleted',
    source: 'hr',
    version: v(7),
  })
  const back = mergeAccount(deleted, { op: 'enabled', source: 'iga', version: v(1) })
  expect(back).toMatchObject({
    state: 'enabled',
    source: 'iga',
    deletedBy: 'hr',
    deletedFloor: v(7),
  })
})

test('a snapshot that omits an account makes it unstated, and leaves one that was off', () => {
  const omitted = { source: 'hr', version: v(8) }
  expect(omitAccount(account('enabled', 'iga', 5), omitted)).toMatchObject({
    state: 'unstated',
    ...omitted,
  })
  expect(omitAccount(account('deleted', 'hr', 5), omitted).state).toBe('deleted')
})

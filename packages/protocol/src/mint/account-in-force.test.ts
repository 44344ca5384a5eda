import { describe, expect, it } from 'vitest'
import { ACCOUNT_CLAIM, UNTOUCHED_ACCOUNT, type AccountState } from '../changes/account-state.ts'
import { isAccountInDoubt } from './account-in-force.ts'

const version = { epoch: 0n, n: 5n }
const enabled: AccountState = { ...UNTOUCHED_ACCOUNT, source: 'hr', version }
const isInDoubt = (account: AccountState, isStated: boolean, doubts: readonly string[] = []) =>
  isAccountInDoubt(account, { source: 'hr', isStated, doubts: new Set(doubts) })

describe('an account is in doubt (rules 32, 33)', () => {
  it('if the last snapshot of accounts omitted it, or its source never sent it', () => {
    expect(isInDoubt({ ...enabled, state: 'unstated' }, true)).toBe(true)
    expect(isInDoubt(UNTOUCHED_ACCOUNT, true)).toBe(true)
  })

  it('if only an account source of before sent it', () => {
    expect(isInDoubt({ ...enabled, source: 'iga' }, false)).toBe(true)
  })

  it('all accounts of its tenant or identity provider are in doubt with it', () => {
    expect(isInDoubt(enabled, true, [ACCOUNT_CLAIM])).toBe(true)
  })

  it('control: not if its source sent it, nor without events before any snapshot of accounts', () => {
    expect(isInDoubt(enabled, true, ['groups'])).toBe(false)
    expect(isInDoubt(UNTOUCHED_ACCOUNT, false)).toBe(false)
  })
})

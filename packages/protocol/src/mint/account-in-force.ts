import { ACCOUNT_CLAIM, type AccountState } from '../changes/account-state.ts'

/** The inputs of the decision beside the stored account. */
export interface StatedAccount {
  /** The account source by the registry in force. */
  readonly source: string
  /** True if a snapshot of accounts of this source has ended. */
  readonly isStated: boolean
  /** Claims of the subject that are in doubt. */
  readonly doubts: ReadonlySet<string>
}

/**
 * Returns whether the state of an account is unreliable: the account source has not stated it since it became
 * the account source, since the identity provider came back, or in its last snapshot of accounts (rules 32
 * and 33). An account without any event is enabled as long as its source never sent such a snapshot.
 */
export function isAccountInDoubt(account: AccountState, stated: StatedAccount): boolean {
  const { source, isStated, doubts } = stated
  if (doubts.has(ACCOUNT_CLAIM) || account.state === 'unstated') return true
  return account.source === null ? isStated : account.source !== source
}

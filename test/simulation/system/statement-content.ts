/**
 * Whether the snapshot of an account source states accounts: `freshet source load` has no line for an
 * account.
 */
export const STATES_ACCOUNTS: boolean = false

import type { AccountOp } from './change.ts'
import {
  compareVersions,
  laterVersion,
  NO_VERSION,
  type SourceVersion,
} from '../position/source-version.ts'

/**
 * The state of a subject's account, from the events of the account source.
 *
 * `state` merges by the source's version; `deletedFloor` is the newest deletion: the account source's own
 * claims of an older version are gone (rule 33).
 */
export interface AccountState {
  readonly state: 'enabled' | 'disabled' | 'deleted'
  readonly version: SourceVersion
  readonly deletedFloor: SourceVersion
}

/** A subject without any accepted account event. */
export const UNTOUCHED_ACCOUNT: AccountState = {
  state: 'enabled',
  version: NO_VERSION,
  deletedFloor: NO_VERSION,
}

const severity = { enabled: 0, disabled: 1, deleted: 2 } as const

/** Merges one account event; at equal versions the more restrictive state wins. */
export function mergeAccount(
  before: AccountState,
  op: AccountOp,
  version: SourceVersion,
): AccountState {
  if (op !== 'disabled' && op !== 'enabled' && op !== 'deleted') return before
  const deletedFloor =
    op === 'deleted' ? laterVersion(before.deletedFloor, version) : before.deletedFloor
  const order = compareVersions(version, before.version)
  const wins = order > 0 || (order === 0 && severity[op] > severity[before.state])
  return wins ? { state: op, version, deletedFloor } : { ...before, deletedFloor }
}

/** Every accepted account event but `enabled` raises the account watermark, late ones too. */
export function raisesAccount(op: AccountOp): boolean {
  return op !== 'enabled'
}

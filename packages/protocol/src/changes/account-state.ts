import type { AccountOp } from './change.ts'
import {
  compareVersions,
  laterVersion,
  NO_VERSION,
  type SourceVersion,
} from '../position/source-version.ts'

/** The name of the account among the claims that snapshots state. No claim of a registry can have it. */
export const ACCOUNT_CLAIM = '\u001faccount'

/**
 * The state of a subject's account, from the events of the account source.
 *
 * `state` merges by the version of `source`, because versions compare within one source only (rule 32).
 * `unstated`: the last snapshot of accounts omitted it. `deletedFloor` is the newest deletion, and `deletedBy`
 * sent it: claims of that source of an older version are gone (rule 33). A source is `null` where there is
 * none, or where an earlier build did not store it.
 */
export interface AccountState {
  readonly state: 'enabled' | 'disabled' | 'deleted' | 'unstated'
  readonly source: string | null
  readonly version: SourceVersion
  readonly deletedFloor: SourceVersion
  readonly deletedBy: string | null
}

/** A subject without any accepted account event. */
export const UNTOUCHED_ACCOUNT: AccountState = {
  state: 'enabled',
  source: null,
  version: NO_VERSION,
  deletedFloor: NO_VERSION,
  deletedBy: null,
}

const severity = { enabled: 0, unstated: 1, disabled: 2, deleted: 3 } as const

/** An event that sets the state of an account, by the source that sends it. */
export interface AccountStatement {
  readonly op: AccountOp
  readonly source: string
  readonly version: SourceVersion
}

/**
 * Merges one account event; at equal versions the more restrictive state wins. Another source starts from
 * nothing. If the source is unknown, only a newer version or a more restrictive state wins.
 */
export function mergeAccount(before: AccountState, statement: AccountStatement): AccountState {
  const { op, source, version } = statement
  if (op !== 'disabled' && op !== 'enabled' && op !== 'deleted') return before
  const deletion = op === 'deleted' ? deletionBy(before, statement) : before
  const { deletedFloor, deletedBy } = deletion
  if (!winsOver(before, op, statement)) return { ...before, deletedFloor, deletedBy }
  return { state: op, source, version, deletedFloor, deletedBy }
}

function winsOver(
  { state, source: known, version: last }: AccountState,
  op: keyof typeof severity,
  { source, version }: AccountStatement,
): boolean {
  if (known !== null && known !== source) return true
  const order = compareVersions(version, last)
  const isNarrower = severity[op] > severity[state]
  return order > 0 || (isNarrower && (order === 0 || known === null))
}

function deletionBy(
  { deletedFloor, deletedBy }: AccountState,
  { source, version }: AccountStatement,
): Pick<AccountState, 'deletedFloor' | 'deletedBy'> {
  const isSame = deletedBy === null || deletedBy === source
  return { deletedFloor: isSame ? laterVersion(deletedFloor, version) : version, deletedBy: source }
}

/** Returns the account after a snapshot of this source and version that omits it. */
export function omitAccount(
  before: AccountState,
  { source, version }: Omit<AccountStatement, 'op'>,
): AccountState {
  const state = before.state === 'enabled' ? 'unstated' : before.state
  return { ...before, state, source, version }
}

/** Returns whether an event sends what this account is already: nothing changed in between. */
export function restatesAccount(
  { state, source: known }: AccountState,
  { op, source }: Pick<AccountStatement, 'op' | 'source'>,
): boolean {
  return known === source && state === op
}

/** Every accepted account event but `enabled` raises the account watermark, late ones too. */
export function raisesAccount(op: AccountOp): boolean {
  return op !== 'enabled'
}

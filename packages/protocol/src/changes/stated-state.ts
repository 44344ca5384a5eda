import { newestVersion, valuesInForce } from '../claims/claim-state.ts'
import type { SourceVersion } from '../position/source-version.ts'
import type { HeldClaim } from '../reconcile/batch/batch-state.ts'
import type { ClaimValue } from '../scope/scope.ts'
import type { Subject } from '../scope/subject.ts'
import { ACCOUNT_CLAIM } from './account-state.ts'

/** The state of one claim or account of a subject, as its source stated it. */
export interface StatedState {
  readonly subject: Subject
  /** Absent: the state of the account, as its one value. An account that a snapshot omitted has no value. */
  readonly claim?: string
  readonly values: readonly ClaimValue[]
  readonly version: SourceVersion
}

/** The state of a stored claim, or of an account in the form of a claim. */
export function statedState({ subject, claim, state }: HeldClaim): StatedState {
  const version = newestVersion(state)
  if (claim !== ACCOUNT_CLAIM) return { subject, claim, values: valuesInForce(state), version }
  const values = [...state.elements.values()].map(({ value }) => value)
  return { subject, values: values.filter((value) => value !== 'unstated'), version }
}

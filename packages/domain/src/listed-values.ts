import type { ClaimChange } from './change.ts'
import type { Claim } from './registry.ts'
import type { ClaimValue } from './scope.ts'

/** Whether a claim can have a value: any, unless the registry lists those that it can have. 7 is not "7". */
export function isListed({ values }: Claim, value: ClaimValue): boolean {
  return values === undefined || values.includes(value)
}

/**
 * Whether a change gives a claim a value that it cannot have. Whatever else it says is unclear then. To
 * take away such a value, which another version listed, is no fault.
 */
export function givesUnlisted(claim: Claim, { op, values }: ClaimChange): boolean {
  return (op === 'set' || op === 'add') && values.some((value) => !isListed(claim, value))
}

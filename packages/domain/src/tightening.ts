import type { ClaimValue } from './scope.ts'

/** `grant`: more values allow more. `restrict`: more values allow less. */
export type Polarity = 'grant' | 'restrict'

/** `set`: any number of values. `scalar`: at most one. */
export type Shape = 'set' | 'scalar'

/**
 * Whether going from one list of values to another takes something away. Only that makes a token
 * stale. A polarity that this build does not know tightens with every difference.
 */
export function tightens(
  claim: { readonly polarity: string; readonly shape: Shape },
  before: readonly ClaimValue[],
  now: readonly ClaimValue[],
): boolean {
  const [had, has] = [new Set(before), new Set(now)]
  const lost = before.some((value) => !has.has(value))
  const gained = now.some((value) => !had.has(value))
  if (claim.shape === 'scalar' && before.length > 0) return lost || gained
  if (claim.polarity === 'grant') return lost
  if (claim.polarity === 'restrict') return gained
  return lost || gained
}

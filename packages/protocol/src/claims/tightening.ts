import type { ClaimValue } from '../scope/scope.ts'

/** `grant`: more values allow more. `restrict`: more values allow less. */
export type Polarity = 'grant' | 'restrict'

/** `set`: any number of values. `scalar`: at most one. */
export type Shape = 'set' | 'scalar'

/** The difference between the values in force of a claim before and after. */
export interface Difference {
  /** Something was in force before. */
  readonly had: boolean
  /** Something that was in force is not any more. */
  readonly lost: boolean
  /** Something is in force that was not. */
  readonly gained: boolean
}

/**
 * Returns whether a difference removes something. Only that makes a token stale. A polarity that this build
 * does not know tightens with every difference.
 */
export function differenceTightens(
  claim: { readonly polarity: string; readonly shape: Shape },
  { had, lost, gained }: Difference,
): boolean {
  if (claim.shape === 'scalar' && had) return lost || gained
  if (claim.polarity === 'grant') return lost
  if (claim.polarity === 'restrict') return gained
  return lost || gained
}

/** The same of two lists of values. */
export function tightens(
  claim: { readonly polarity: string; readonly shape: Shape },
  before: readonly ClaimValue[],
  now: readonly ClaimValue[],
): boolean {
  const [had, has] = [new Set(before), new Set(now)]
  return differenceTightens(claim, {
    had: before.length > 0,
    lost: before.some((value) => !has.has(value)),
    gained: now.some((value) => !had.has(value)),
  })
}

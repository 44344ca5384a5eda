import type { ClaimValue } from '../scope/scope.ts'
import type { JudgedToken } from './token.ts'

/**
 * The values that a route requires and a token does not carry. Both are compared as text. A claim that the
 * token names as left out has unknown values.
 */
export function lackingValues(
  require: Iterable<readonly [claim: string, values: readonly string[]]>,
  { claims, omitted }: Pick<JudgedToken, 'claims' | 'omitted'>,
): readonly string[] {
  return [...require].flatMap(([claim, values]) => {
    if (omitted?.has(claim)) return []
    const carried = claims.get(claim) ?? []
    return values.filter((value) => !carried.some((each) => isSame(each, value)))
  })
}

function isSame(carried: ClaimValue, wanted: string): boolean {
  return String(carried) === wanted
}

import type { ClaimValue } from './scope.ts'
import type { JudgedToken } from './token.ts'

/**
 * The values that a route requires and a token does not carry. Both are compared as text. Of a claim
 * that the token says it leaves out nobody can tell by it.
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

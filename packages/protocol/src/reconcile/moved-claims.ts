import { statedClaims } from '../claims/stated-claims.ts'
import type { Registry } from '../registry/registry.ts'

/**
 * Claims that had another source, or none, until now; a corroborated claim counts under the source that newly
 * corroborates it. Only the new source's next snapshot states its values, so these claims are in doubt until
 * then, and tokens that were minted before are below the minimum. The first version of all moves nothing.
 */
export function movedClaims(before: Registry | undefined, now: Registry): readonly string[] {
  if (before === undefined) return []
  const statedBefore = new Map(statedClaims(before).map(({ name, source }) => [name, source]))
  return statedClaims(now)
    .filter(({ name, source }) => statedBefore.get(name) !== source)
    .map(({ name }) => name)
}

/** Only the new account source's next snapshot of accounts states them. */
export function isAccountMoved(before: Registry | undefined, now: Registry): boolean {
  return before !== undefined && before.account !== now.account
}

import type { VerifyKey } from '../keys.ts'

/** Which key a token names, and by which algorithm it says to be signed. */
export type NamedKey = Pick<VerifyKey, 'kid' | 'alg'>

/** The key of that name and algorithm. */
export function keyIn(keys: readonly VerifyKey[], named: NamedKey): VerifyKey | undefined {
  return keys.find(({ kid, alg }) => kid === named.kid && alg === named.alg)
}

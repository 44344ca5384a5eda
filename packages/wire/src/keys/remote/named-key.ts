import type { VerifyKey } from '../keys.ts'

/** The key that a token names, and the algorithm that it names for its signature. */
export type NamedKey = Pick<VerifyKey, 'kid' | 'alg'>

/** The key of that name and algorithm. */
export function keyIn(keys: readonly VerifyKey[], named: NamedKey): VerifyKey | undefined {
  return keys.find(({ kid, alg }) => kid === named.kid && alg === named.alg)
}

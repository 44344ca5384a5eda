import { signingKey } from '@freshet/protocol'
import { EPOCH_MS } from '../kernel/kernel.ts'
import type { World } from './world.ts'

/** The key that signs tokens now, then those that would sign if the keys before them were denied. */
export function tokenSigners({ keys, kernel, truth }: World): readonly string[] {
  const denied = truth.facts.flatMap(({ fact }) =>
    fact.kind === 'denied' && fact.scope === 'key' ? fact.target : [],
  )
  const left: string[] = []
  for (;;) {
    const mayUse = (kid: string): boolean => !denied.includes(kid) && !left.includes(kid)
    const next = signingKey(keys.tokens, EPOCH_MS + kernel.nowMs, mayUse)
    if (next === undefined) return left
    left.push(next.kid)
  }
}

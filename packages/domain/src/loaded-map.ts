import type { ClaimMap } from './claim-map.ts'
import { FreshetError } from './errors/freshet-error.ts'

/** The claim map of a policy version that this process has loaded; of no other text of its number. */
export type LoadedMap = (pv: number, hash: string) => ClaimMap | undefined

/** A policy version by number and content; none before the first activation. */
export interface ActivePolicy {
  readonly pv: number
  readonly hash: string | null
}

/**
 * The claim map of the active policy version; `null` before the first activation.
 *
 * @throws `registry.not-loaded` where this process holds another version: it publishes nothing,
 *   so that its heartbeats never name a map that is not in force (rule 21)
 */
export function loadedMap({ pv, hash }: ActivePolicy, mapOf: LoadedMap): ClaimMap | null {
  if (pv === 0 || hash === null) return null
  const map = mapOf(pv, hash)
  if (map) return map
  const message = `Policy version ${pv} is active, and this process has not loaded it.`
  throw new FreshetError('registry.not-loaded', message)
}

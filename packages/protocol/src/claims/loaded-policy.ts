import { claimMapOf, type ClaimMap } from './claim-map.ts'
import { FreshetError } from '../errors/freshet-error.ts'
import type { ActivePolicy } from '../reconcile/batch/batch-state.ts'
import type { Registry } from '../registry/registry.ts'

/** The published parts of a policy version: its claim map, and the `through` of its tenants' sources. */
export interface PublishedPolicy {
  readonly map: ClaimMap
  readonly tenants: ReadonlySet<string>
}

/** Returns the part of a registry that publishers need. */
export function publishedPolicyOf(registry: Registry): PublishedPolicy {
  return { map: claimMapOf(registry), tenants: new Set(registry.tenants.keys()) }
}

/**
 * Returns the published parts of a policy version that this process has loaded; never those of another text
 * with its number.
 */
export type LoadedPolicy = (pv: number, hash: string) => PublishedPolicy | undefined

/**
 * The published parts of the active policy version; `null` before the first activation.
 *
 * @throws `registry.not-loaded` where this process holds another version: it publishes nothing,
 *   so that its heartbeats never name a map that is not in force (rule 21)
 */
export function loadedPolicy(
  { pv, hash }: Pick<ActivePolicy, 'pv' | 'hash'>,
  policyOf: LoadedPolicy,
): PublishedPolicy | null {
  if (pv === 0 || hash === null) return null
  const policy = policyOf(pv, hash)
  if (policy) return policy
  const message = `Policy version ${pv} is active, and this process has not loaded it.`
  throw new FreshetError('registry.not-loaded', message)
}

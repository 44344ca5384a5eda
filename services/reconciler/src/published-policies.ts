import {
  publishedPolicyOf,
  type LoadedPolicy,
  type PublishedPolicy,
  type Registry,
} from '@freshet/protocol'
import type { Versions } from '@freshet/registry'

/** The published parts of the held versions, derived once each. */
export function publishedPolicies({ of }: Pick<Versions, 'of'>): LoadedPolicy {
  const policies = new WeakMap<Registry, PublishedPolicy>()
  return (pv, hash) => {
    const registry = of(pv, hash)?.registry
    if (registry === undefined) return undefined
    const policy = policies.get(registry) ?? publishedPolicyOf(registry)
    policies.set(registry, policy)
    return policy
  }
}

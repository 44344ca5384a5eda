import { publishedPolicyOf, type LoadedPolicy, type PublishedPolicy } from '@freshet/protocol'
import { memoryVersionStore } from '@freshet/memory'
import { createVersions, type Versions } from '@freshet/registry'
import { remote } from '../kernel/link.ts'
import type { Process } from '../kernel/process.ts'
import { notedVersions } from './marks.ts'
import { firstPolicy, linkOf, type World } from './world.ts'

/** A process starts with the first version, and loads the others from the database. */
export function versionsOf(world: World, process: Process): Versions {
  const store = notedVersions(memoryVersionStore(world.database), world.note)
  return createVersions({
    store: remote(store, linkOf(world, process, 'database')),
    own: firstPolicy(world),
    timer: process.timer,
  })
}

/** Returns the parts that are published of the held versions, derived once each. */
export function publishedPolicies({ guards }: World, versions: Versions): LoadedPolicy {
  const policies = new Map<string, PublishedPolicy>()
  return (pv, hash) => {
    const registry = versions.of(pv, hash)?.registry
    if (registry === undefined) return undefined
    const known = policies.get(hash)
    if (known !== undefined) return known
    const { map, tenants } = publishedPolicyOf(registry)
    const published = { map: guards.claimMap?.(map) ?? map, tenants }
    policies.set(hash, published)
    return published
  }
}

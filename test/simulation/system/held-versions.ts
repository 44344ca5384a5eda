import { claimMapOf, type ClaimMap } from '@freshet/domain'
import { memoryVersionStore } from '@freshet/memory'
import { createVersions, type Versions } from '@freshet/policy'
import { remote } from '../kernel/link.ts'
import type { Process } from '../kernel/process.ts'
import { notedVersions } from './marks.ts'
import { firstPolicy, linkOf, type World } from './world.ts'

/** A process is started with the first version, and gets the others from where they were published. */
export function versionsOf(world: World, process: Process): Versions {
  const store = notedVersions(memoryVersionStore(world.database), world.note)
  return createVersions({
    store: remote(store, linkOf(world, process, 'database')),
    own: firstPolicy(world),
    timer: process.timer,
  })
}

/** The claim maps of the versions that are held, derived once each. */
export function mapsOf(
  { guards }: World,
  versions: Versions,
): (pv: number, hash: string) => ClaimMap | undefined {
  const maps = new Map<string, ClaimMap>()
  return (pv, hash) => {
    const registry = versions.of(pv, hash)?.registry
    if (registry === undefined) return undefined
    const known = maps.get(hash)
    if (known !== undefined) return known
    const map = claimMapOf(registry)
    const published = guards.claimMap?.(map) ?? map
    maps.set(hash, published)
    return published
  }
}

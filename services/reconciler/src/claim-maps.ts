import { claimMapOf, type ClaimMap, type Registry } from '@freshet/domain'
import type { Versions } from '@freshet/policy'

/** The claim maps of the versions that are held, derived once each. */
export function claimMaps({
  of,
}: Pick<Versions, 'of'>): (pv: number, hash: string) => ClaimMap | undefined {
  const maps = new WeakMap<Registry, ClaimMap>()
  return (pv, hash) => {
    const registry = of(pv, hash)?.registry
    if (registry === undefined) return undefined
    const map = maps.get(registry) ?? claimMapOf(registry)
    maps.set(registry, map)
    return map
  }
}

import {
  CONTROL_PARTITION,
  withTokenItself,
  type ClaimMap,
  type MapAnnouncement,
  type PartitionView,
} from '@freshet/protocol'
import { frozen } from '../token/frozen.ts'

/** The application receives both parts: the terms of a foreign token, and the routes in force. */
function shownFrozen({ issuers, routes, ...map }: ClaimMap): ClaimMap {
  return {
    ...map,
    ...(issuers && { issuers: frozen(issuers) }),
    ...(routes && { routes: frozen(routes) }),
  }
}

/** Claim maps by hash, of which the one is in force that heartbeats name (rule 21). */
export class ClaimMaps {
  readonly #max: number
  readonly #held = new Map<string, ClaimMap>()
  #current: ClaimMap | undefined

  constructor(max: number) {
    this.#max = max
  }

  get current(): ClaimMap | undefined {
    return this.#current
  }

  hold({ hash, map }: MapAnnouncement): void {
    this.#held.set(hash, withTokenItself(shownFrozen(map)))
    if (this.#held.size > this.#max) this.#held.delete(this.#oldest())
  }

  /**
   * Puts in force the newest map that any partition names. If the edge does not hold that map, none is in
   * force: an older one could name the wrong source. Reconcilers of two builds can write the map of one
   * version in two ways: then the control partition decides, because that partition carries the maps.
   */
  select(views: Iterable<PartitionView>): boolean {
    let named: PartitionView | undefined
    for (const view of views) {
      const { mapHash, mapVersion, partition } = view
      if (mapHash === null || mapVersion < (named?.mapVersion ?? 0)) continue
      const isNewer = mapVersion > (named?.mapVersion ?? -1)
      if (isNewer || partition === CONTROL_PARTITION) named = view
    }
    const map = named?.mapHash === undefined ? undefined : this.#held.get(named.mapHash ?? '')
    const changed = map !== this.#current
    this.#current = map
    return changed
  }

  forget(): void {
    this.#held.clear()
    this.#current = undefined
  }

  #oldest(): string {
    const byVersion = [...this.#held].sort(([, a], [, b]) => a.version - b.version)
    return byVersion[0]?.[0] ?? ''
  }
}

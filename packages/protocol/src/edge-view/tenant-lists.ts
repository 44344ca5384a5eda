import type { Heartbeat, ThroughTable } from '../checkpoint/checkpoint.ts'

/** Lists that a reader remembers of one partition, beside those that the last believed heartbeat named. */
export const TENANT_LISTS_MAX = 16

/** The `through` of the sources of many tenants, with the tenants. */
export interface ListedThrough {
  readonly tenants: readonly string[]
  readonly sources: ReadonlyMap<string, number>
}

/** All that a heartbeat states of `through` to a reader that knows these lists. */
export interface KnownThrough {
  readonly table: ThroughTable
  readonly groups: readonly ListedThrough[]
}

/**
 * The lists of tenants that heartbeats named, in one partition. The name of a list is a digest over its
 * tenants. So a list is the same from every publisher, and it needs no path. A group whose list is not known
 * states nothing.
 */
export class TenantLists {
  readonly #lists = new Map<string, readonly string[]>()
  #named: ReadonlySet<string> = new Set()

  get size(): number {
    return this.#lists.size
  }

  /** Remembers the lists of an authentic heartbeat. A replayed heartbeat cannot push out the lists in use. */
  take({ groups = [] }: Heartbeat): void {
    for (const { list, tenants } of groups) {
      if (tenants === undefined || this.#lists.has(list)) continue
      this.#lists.set(list, tenants)
      this.#forgetBeyond(TENANT_LISTS_MAX)
    }
  }

  /** The lists that a believed heartbeat names are kept. */
  keep({ groups = [] }: Heartbeat): void {
    this.#named = new Set(groups.map(({ list }) => list))
  }

  /** Reads the `through` of a heartbeat by the known lists. */
  read({ through: table, groups = [] }: Heartbeat): KnownThrough {
    const known = groups.flatMap(({ list, sources }) => {
      const tenants = this.#lists.get(list)
      return tenants === undefined ? [] : { tenants, sources }
    })
    return { table, groups: known }
  }

  clear(): void {
    this.#lists.clear()
    this.#named = new Set()
  }

  #forgetBeyond(max: number): void {
    for (const list of this.#lists.keys()) {
      if (this.#lists.size <= max + this.#named.size) return
      if (!this.#named.has(list)) this.#lists.delete(list)
    }
  }
}
